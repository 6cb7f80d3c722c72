"""Addresses of the desk."""

from django.urls import path

from anlan.web.desk import (
    assessment,
    beside,
    bulk,
    cases,
    clocks,
    emergency,
    papers,
    photos,
    picks,
    queue,
    recovery,
    requests,
    returns,
    routing,
    situation,
    storm,
    topics,
    trying,
    two,
)

app_name = "desk"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("counts", queue.counts, name="counts"),
    path("bulk", bulk.choose, name="bulk"),
    path("bulk/move", bulk.move_all, name="move_all"),
    path("recovery", recovery.ask, name="recovery"),
    path("recovery/<uuid:recovery_id>", recovery.confirm, name="confirm_recovery"),
    path("cases/<uuid:case_id>", cases.show_case, name="case"),
    path("cases/<uuid:case_id>/clocks", clocks.show_clocks, name="clocks"),
    path("cases/<uuid:case_id>/beside", beside.show_beside, name="beside"),
    path("cases/<uuid:case_id>/pick", picks.pick, name="pick"),
    path("cases/<uuid:case_id>/matters", cases.find_matters, name="matters"),
    path("cases/<uuid:case_id>/moves/<slug:move>", cases.move_case, name="move"),
    path("cases/<uuid:case_id>/dispatches", cases.dispatch_case, name="dispatch"),
    path(
        "cases/<uuid:case_id>/dispatches/<uuid:dispatch_id>/<slug:move>",
        cases.move_dispatch,
        name="move_dispatch",
    ),
    path(
        "cases/<uuid:case_id>/signals/<uuid:signal_id>/contact", cases.open_contact, name="contact"
    ),
    path(
        "cases/<uuid:case_id>/signals/<uuid:signal_id>/export",
        requests.export,
        name="export_signal",
    ),
    path(
        "cases/<uuid:case_id>/signals/<uuid:signal_id>/erase", requests.erase, name="erase_signal"
    ),
    path("topics", topics.list_topics, name="topics"),
    path("topics/<uuid:key>", topics.show_topic, name="topic"),
    path("situation", situation.list_findings, name="situation"),
    path("situation/paper", papers.show_paper, name="paper"),
    path("situation/paper.pdf", papers.download_paper, name="paper_pdf"),
    path("situation/<uuid:finding_id>/<slug:move>", situation.move_finding, name="move_finding"),
    path("assessment", assessment.list_scores, name="assessment"),
    path("assessment/publish", assessment.publish, name="publish_cards"),
    path("assessment/cards/<uuid:card_id>/object", assessment.object_to, name="object_to_card"),
    path(
        "assessment/objections/<uuid:objection_id>/<slug:move>",
        assessment.decide,
        name="decide_objection",
    ),
    path(
        "assessment/<slug:scheme>/<slug:place_code>/<slug:period>",
        assessment.show_card,
        name="score_card",
    ),
    path(
        "assessment/<slug:scheme>/<slug:place_code>/<slug:period>/try",
        trying.try_out,
        name="score_try",
    ),
    path("reports", two.choose, name="reports"),
    path("reports/curves", two.show_curves, name="curves"),
    path("reports/returns", returns.list_returns, name="returns"),
    path("reports/returns/<uuid:return_id>/<slug:move>", returns.move_return, name="move_return"),
    path("reports/two/<slug:place_code>/<slug:month>", two.show_two, name="two"),
    path("reports/two/<slug:place_code>/<slug:month>/draft", two.draft, name="draft_report"),
    path(
        "reports/two/<slug:place_code>/<slug:month>/file.<slug:form>", two.download, name="two_file"
    ),
    path("reports/two/<slug:place_code>/<slug:month>/<slug:code>", two.show_figure, name="figure"),
    path("reports/<uuid:report_id>/read", two.mark_read, name="read_report"),
    path("reports/<uuid:report_id>/<slug:move>", two.move, name="move_report"),
    path("storm", storm.show_storm, name="storm"),
    path("storm/plan", storm.plan, name="plan_storm"),
    path("storm/<uuid:batch_id>", storm.show_batch, name="storm_batch"),
    path("storm/<uuid:batch_id>/send", storm.send, name="send_storm"),
    path("rules", routing.list_rules, name="rules"),
    path("rules/new", routing.edit_rule, name="new_rule"),
    path("rules/<int:rule_id>", routing.edit_rule, name="rule"),
    path("rules/<int:rule_id>/<slug:way>", routing.change_rule, name="change_rule"),
    path("emergency", emergency.show, name="emergency"),
    path("emergency/ask", emergency.ask, name="ask_emergency"),
    path("emergency/<uuid:access_id>/<slug:move>", emergency.move, name="move_emergency"),
    path("photos/<uuid:document_id>", photos.photo, name="photo"),
    path("photos/<uuid:document_id>/small", photos.photo, {"is_small": True}, name="small_photo"),
]
