"""The address of the field's script, for its pages."""

from django import template

from anlan.web.field.phone import script_address

register = template.Library()
register.simple_tag(script_address, name="phone_script")
