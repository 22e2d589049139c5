"""Owns the modules and fields of the imitated Zoho organisation."""

from dataclasses import dataclass

CLASSES = ("unknown", "low", "medium", "high", "critical", "default")


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name, its type in Zoho's words, its picklist."""

    name: str
    type: str = "text"
    choices: tuple[str, ...] = ()
    is_required: bool = False
    is_read_only: bool = False
    is_unique: bool = False
    length: int = 255
    looks_up: str = ""

    @property
    def json_type(self) -> str:
        """What it is on the wire."""
        kinds = {"double": "double", "currency": "double", "integer": "integer", "boolean": "boolean", "lookup": "jsonobject",
                 "ownerlookup": "jsonobject"}  # fmt: skip
        return kinds.get(self.type, "string")


_TIMES = (Field("Owner", "ownerlookup"), Field("Created_Time", "datetime", is_read_only=True),
          Field("Modified_Time", "datetime", is_read_only=True), Field("Modified_By", "ownerlookup", is_read_only=True))  # fmt: skip
MODULES: dict[str, tuple[Field, ...]] = {
    "Accounts": (
        Field("Account_Name", is_required=True), Field("Account_Number", is_unique=True), Field("Registration_Number"),
        Field("Billing_Country"), Field("Industry_Code"), Field("Rating", "picklist", ("Active", "Shut Down")),
        Field("Phone", "phone"), Field("Website", "website"), Field("Annual_Revenue", "currency"),
        Field("Payment_Terms_Days", "integer"), Field("Credit_Limit", "currency"), Field("Order_Hold", "boolean"),
        Field("Risk_Class", "picklist", CLASSES), Field("Risk_Index", "double"), Field("Risk_Reasons", "textarea", length=2000),
        Field("Risk_Next_Review", "date"), Field("Risk_Written_By"), *_TIMES,
    ),
    "Contacts": (
        Field("Last_Name", is_required=True), Field("First_Name"), Field("Full_Name", is_read_only=True), Field("Email", "email"),
        Field("Phone", "phone"), Field("Title"), Field("Account_Name", "lookup", looks_up="Accounts"), Field("Since", "date"), Field("Until", "date"), *_TIMES,
    ),
    "Deals": (
        Field("Deal_Name", is_required=True), Field("Amount", "currency"),
        Field("Stage", "picklist", ("Qualification", "Negotiation", "Closed Won", "Closed Lost"), is_required=True),
        Field("Closing_Date", "date"), Field("Probability", "integer"), Field("Account_Name", "lookup", looks_up="Accounts"),
        Field("Contact_Name", "lookup", looks_up="Contacts"), *_TIMES,
    ),
    "Sales_Orders": (
        Field("Subject", is_required=True), Field("SO_Number", is_read_only=True), Field("Order_Date", "date"), Field("Due_Date", "date"),
        Field("Status", "picklist", ("Created", "Approved", "Delivered", "Cancelled")), Field("Grand_Total", "currency", is_read_only=True),
        Field("Currency"), Field("Account_Name", "lookup", looks_up="Accounts"), *_TIMES,
    ),
    "Invoices": (
        Field("Subject", is_required=True), Field("Invoice_Number", is_read_only=True), Field("Invoice_Date", "date"),
        Field("Due_Date", "date"), Field("Status", "picklist", ("Created", "Approved", "Delivered", "Cancelled")),
        Field("Grand_Total", "currency", is_read_only=True), Field("Open_Amount", "currency"), Field("Currency"),
        Field("Account_Name", "lookup", looks_up="Accounts"), *_TIMES,
    ),
    "Tasks": (
        Field("Subject", is_required=True), Field("Due_Date", "date"), Field("What_Id", "lookup", looks_up="Accounts"),
        Field("Status", "picklist", ("Not Started", "Deferred", "In Progress", "Completed", "Waiting for input")),
        Field("Priority", "picklist", ("High", "Highest", "Low", "Lowest", "Normal")), Field("Description", "textarea", length=32000),
        *_TIMES,
    ),
    "Calls": (
        Field("Subject", is_required=True), Field("Call_Start_Time", "datetime"), Field("Call_Result"),
        Field("What_Id", "lookup", looks_up="Accounts"), *_TIMES,
    ),
    "Events": (
        Field("Event_Title", is_required=True), Field("Start_DateTime", "datetime"), Field("Visit_Finding"),
        Field("What_Id", "lookup", looks_up="Accounts"), *_TIMES,
    ),
    "Notes": (
        Field("Note_Title", length=120), Field("Note_Content", "textarea", length=65535),
        Field("Parent_Id", "lookup", looks_up="Accounts"), *_TIMES,
    ),
}  # fmt: skip


def described(module: str, hidden: set[tuple[str, str]]) -> list[dict[str, object]]:
    """Return the fields of a module as Zoho's settings describe them."""
    return [
        {
            "api_name": field.name, "field_label": field.name.replace("_", " "), "data_type": field.type, "json_type": field.json_type,
            "length": field.length, "custom_field": field.name.startswith(("Risk_", "Visit_")), "system_mandatory": field.is_required,
            "read_only": field.is_read_only, "field_read_only": field.is_read_only, "visible": True,
            "unique": {"casesensitive": "false"} if field.is_unique else {},
            "lookup": {"module": {"api_name": field.looks_up}} if field.looks_up else {},
            "pick_list_values": [{"display_value": item, "actual_value": item, "reference_value": item} for item in field.choices],
        }
        for field in MODULES[module]
        if (module, field.name) not in hidden
    ]  # fmt: skip
