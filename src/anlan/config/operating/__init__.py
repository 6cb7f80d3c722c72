"""What the people who run an installation see of it: logs, traces, metrics, health, the doctor.

None of it holds personal data (docs/decisions say how that is kept): a log line names the route
and not the address, an exception is told by its kind and place and not by its message, a metric
has labels from closed lists only. `requests` watches every request, `jobs` every background job.
"""
