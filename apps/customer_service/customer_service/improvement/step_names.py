"""What a state of an improvement means: the values of the workflow's column `service_step` (I-1)."""

OPENED, CONTAINED, CAUSE_FOUND, PLANNED = "Opened", "Contained", "Cause Found", "Planned"
IMPLEMENTING, IMPLEMENTED, VERIFIED = "Implementing", "Implemented", "Verified"
EFFECTIVENESS_CHECK, EFFECTIVE, INEFFECTIVE = "Effectiveness Check", "Effective", "Ineffective"

ORDER = (
	OPENED,
	CONTAINED,
	CAUSE_FOUND,
	PLANNED,
	IMPLEMENTING,
	IMPLEMENTED,
	VERIFIED,
	EFFECTIVENESS_CHECK,
	EFFECTIVE,
)
"""In this order; entering a step asks for what it and all before it need."""
