"""Roles that fill in a currency, a role or a mail account could not choose one: sites installed before get the right to select."""

from customer_service.organisation import link_rights


def execute():
	link_rights.grant()
