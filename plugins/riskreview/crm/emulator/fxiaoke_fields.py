"""Owns the objects and fields of the imitated Fxiaoke tenant, preset and custom ones."""

from dataclasses import dataclass

CLASSES = ("unknown", "low", "medium", "high", "critical", "default")


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name, its type in Fxiaoke's words, the values of its options."""

    name: str
    type: str = "text"
    options: tuple[str, ...] = ()
    is_required: bool = False


_COMMON = (
    Field("name", is_required=True), Field("owner", "employee"), Field("create_time", "date_time"), Field("created_by", "employee"),
    Field("last_modified_time", "date_time"), Field("last_modified_by", "employee"),
    Field("life_status", "select_one", ("ineffective", "under_review", "normal", "in_change", "invalid")),
    Field("lock_status", "select_one", ("0", "1")), Field("record_type", "record_type"), Field("is_deleted", "true_or_false"), Field("version"),
)  # fmt: skip
OBJECTS: dict[str, tuple[Field, ...]] = {
    "AccountObj": (
        *_COMMON, Field("account_no"), Field("account_level", "select_one", ("A", "B", "C")), Field("industry__c"), Field("country__c"),
        Field("credit_code__c"), Field("onboard_date__c", "date"), Field("tel", "phone_number"), Field("payment_terms_days__c", "number"),
        Field("credit_limit__c", "currency"), Field("order_hold__c", "true_or_false"), Field("risk_class__c", "select_one", CLASSES),
        Field("risk_index__c", "number"), Field("risk_reasons__c", "long_text"), Field("risk_next_review__c", "date"),
        Field("risk_written_by__c"), Field("high_seas_id"),
    ),
    "ContactObj": (*_COMMON, Field("account_id", "object_reference"), Field("job_title__c"), Field("start_date__c", "date"),
                   Field("end_date__c", "date"), Field("email", "email")),
    "NewOpportunityObj": (*_COMMON, Field("account_id", "object_reference"), Field("amount", "currency"), Field("close_date", "date"),
                          Field("sales_stage", "select_one", ("1", "2", "won", "lost"))),
    "SalesOrderObj": (*_COMMON, Field("account_id", "object_reference"), Field("order_amount", "currency"), Field("order_time", "date"),
                      Field("delivery_date", "date"), Field("order_status", "select_one", ("open", "delivered", "cancelled")),
                      Field("mc_currency")),
    "PaymentObj": (*_COMMON, Field("account_id", "object_reference"), Field("order_id", "object_reference"),
                   Field("payment_amount", "currency"), Field("payment_time", "date"), Field("mc_currency")),
    "InvoiceApplicationObj": (*_COMMON, Field("account_id", "object_reference"), Field("invoice_applied_amount", "currency"),
                              Field("invoice_date", "date"), Field("mc_currency")),
    "ActiveRecordObj": (*_COMMON, Field("related_object", "text"), Field("active_record_content", "long_text"),
                        Field("account_id__c", "object_reference"), Field("visited_on__c", "date"), Field("visit_finding__c")),
    "object_risk_task__c": (*_COMMON, Field("account_id__c", "object_reference"), Field("due_date__c", "date"),
                            Field("status__c", "select_one", ("todo", "done")), Field("reason__c", "long_text")),
}  # fmt: skip


def described(name: str, hidden: set[tuple[str, str]]) -> dict[str, object]:
    """Return the fields of an object as Fxiaoke describes them."""
    return {
        field.name: {
            "api_name": field.name, "label": field.name.replace("_", " ").strip(), "type": field.type, "is_required": field.is_required,
            "is_active": (name, field.name) not in hidden, "define_type": "custom" if field.name.endswith("__c") else "package",
            "options": [{"label": f"选项 {value}", "value": value} for value in field.options],
        }
        for field in OBJECTS[name]
    }  # fmt: skip
