"""The roles that come with the app: the value of the hook `fixtures`."""

ROLES = (
	"Customer Service Administrator",
	"Customer Service Clerk",
	"Customer Service Manager",
	"Department Head",
	"Department Reviewer",
	"Deputy General Manager",
	"General Manager",
	"Service Representative",
	"Warehouse Keeper",
)
