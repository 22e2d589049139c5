"""Owns the table of invariants: what each proves and how to repair it, in English and Chinese. Its statement has the same name in SQL."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that must hold of the whole at any moment.

    :param id: name of its statement in ``include/sql/doctor``; ``log_verifies`` and ``facts_unaltered`` are computed.
    :param number: of the project's invariants (I) or of its promises about completeness (C).
    """

    id: str
    number: str
    en: str
    repair_en: str
    zh: str
    repair_zh: str


LOG, FACTS = "log_verifies", "facts_unaltered"
_N = Invariant
INVARIANTS: tuple[Invariant, ...] = (
    _N("review_once", "I1", "A customer has at most one review per policy line and period",
       "Cancel the later of the two with a reason", "每个客户在每条政策线和每个周期至多有一次审查", "请注明理由取消较晚的一次"),
    _N("plan_once", "I1", "An emergency plan was started at most once per customer and cause",
       "Stand the later one down with a reason", "同一客户同一原因的应急预案至多启动一次", "请注明理由撤销较晚的一次"),
    _N("review_told", "I2", "The opening of every review was told exactly once",
       "Restore the database from a backup: the two are written in one transaction", "每次审查的开启恰好通知一次", "请从备份恢复数据库：两者在同一事务中写入"),
    _N("rung_told", "I2", "Every rung a duty climbed was told exactly once",
       "Restore the database from a backup: the two are written in one transaction", "责任事项每升一级恰好通知一次", "请从备份恢复数据库：两者在同一事务中写入"),
    _N("audience_reached", "I2", "Everybody in the audience of an event has a message about it",
       "Tell the named event's audience by hand and report it as a defect", "事件的每位受众都有对应的通知", "请人工通知该事件的受众，并报告此缺陷"),
    _N("message_ended_or_due", "I3", "Every message is ended, or waits for its next attempt no longer than a day",
       "Run the deliver_notifications DAG and look at its log", "每条通知已结束，或等待下次发送不超过一天", "请运行 deliver_notifications DAG 并查看日志"),
    _N("attempt_has_outcome", "I3", "Every attempt to send has an outcome",
       "Ask the recipient whether the message with that reference arrived", "每次发送尝试都有结果", "请向收件人核实该编号的通知是否送达"),
    _N("accepted_once", "I4", "No service accepted a message twice",
       "Tell the recipient that both messages with the same reference are one", "没有服务两次接受同一条通知", "请告知收件人编号相同的两条为同一通知"),
    _N(LOG, "I5", "The event log is complete, in order and unaltered",
       "Stop writing, keep the database as evidence and compare it with the exported checkpoints", "事件日志完整、有序且未被更改", "请停止写入，将数据库留作证据，并与导出的检查点比对"),
    _N("version_is_events", "I6", "The version of a review, plan or measure is the number of its events in the log",
       "Compare it with its events in the log: it was changed without one", "审查、预案或措施的版本号等于其日志事件数", "请与日志事件比对：有更改未经记录"),
    _N("state_is_logged", "I6", "A review, plan, step, measure, opinion or proposal of policy is in the state its last event in the log says",
       "Set it back to what its events in the log say: it was changed without one", "审查、预案、步骤、措施、专家评估与政策提案处于其最近一条日志事件所述的状态",
       "请按其日志事件恢复：有更改未经记录"),
    _N("two_persons", "I7", "Nobody proposed and decided, or decided two steps, of the same thing",
       "Have the decision taken again by another person", "同一事项的提出与决定、两级审批均由不同的人完成", "请由另一人重新决定"),
    _N("approved_by_all", "I7", "An approved review has the approval of every step",
       "Return the review and have the missing steps decided", "已批准的审查具备每一级的批准", "请退回该审查并补全缺失的审批"),
    _N("facts_within_pointer", "I8", "Readers see every published row and no other",
       "Run the ingest DAG again; it moves the pointer", "读取者看到且只看到已发布的数据行", "请重新运行数据接入 DAG，指针随之移动"),
    _N(FACTS, "I8", "The files of the facts are those that were published",
       "Restore the named file from a backup of the fact tables; what rested on it is not replayed before", "事实文件与发布时一致", "请从事实表备份恢复所列文件；在此之前，以其为依据的结果无法重演"),
    _N("assessed_by_known_run", "I8", "Every current assessment belongs to a recorded run, none is newer than the one everybody reads",
       "Run the recompute_risk DAG", "当前评估均属于有记录的运行，且不晚于公开的评估", "请运行 recompute_risk DAG"),
    _N("held_data_relax_nothing", "I9", "No class fell while the customer's data were late",
       "Raise the class by an expert opinion until the data arrive", "数据滞后期间没有客户等级下降", "请以专家评估提高等级，直至数据到达"),
    _N("held_batch_unpublished", "I9", "No row of a held or refused batch is in use",
       "Decide about the batch with two persons, or deliver it again", "被暂停或拒绝的批次没有任何数据行在使用", "请由两人决定该批次，或重新交付"),
    _N("rows_accounted_for", "I10", "Rows taken in are those skipped, accepted, doubled and quarantined",
       "Deliver the extract again and report it as a defect", "接收行数等于跳过、接受、重复与隔离之和", "请重新交付该数据，并报告此缺陷"),
    _N("no_rung_after_end", "I11", "No duty was escalated after it was done",
       "Tell those who were alarmed that it is done", "责任事项完成后不再升级", "请告知被提醒者事项已完成"),
    _N("open_work_has_duty", "I11", "Every open review and step has a duty with a deadline",
       "Hand the review or step over to its owner again", "每个未结审查与步骤都有带期限的责任事项", "请将该审查或步骤重新移交责任人"),
    _N("ended_work_has_none", "I11", "What has ended has no open duty",
       "Acknowledge the duty; its subject is done", "已结束的事项没有未结责任", "请确认该责任事项，其对象已完成"),
    _N("duty_has_owner", "I11", "Every open duty has an owner or deputy in the team",
       "Hand it over to a person of policies/team.yaml", "每个未结责任事项都有团队内的责任人或代理人", "请移交给 policies/team.yaml 中的人员"),
    _N("no_personal_data", "I12", "No e-mail address is in the event log or in a message in waiting",
       "Find who wrote it into a reason, and tell them to write ids", "事件日志与待发通知中没有电子邮箱地址", "请找出在理由中写入的人，并请其改写编号"),
    _N("erasure_done", "I12", "Whoever was erased is gone from the files too",
       "Run riskreview audit erase for the customer again: it goes on where it was stopped", "已删除个人数据的客户在文件中也不复存在",
       "请对该客户再次运行 riskreview audit erase，将从中断处继续"),
    _N("suppressed_unsent", "I13", "What looks back tells nobody",
       "Tell the recipients that the message is about the past", "回溯运行不通知任何人", "请告知收件人该通知涉及过去"),
    _N("nothing_stuck", "I14", "Nothing has waited for more than six hours",
       "Unpause the DAG of the stage and look at its log", "没有事项等待超过六小时", "请恢复该环节的 DAG 并查看日志"),
    _N("customer_assessed", "C1", "Every active customer is assessed as of the day of the assessment",
       "Run the recompute_risk DAG; see riskreview show completeness", "每个活跃客户都按评估日得到评估", "请运行 recompute_risk DAG；参见 riskreview show completeness"),
    _N("high_risk_reviewed", "C2", "Every high-risk customer has an open review or had one within its interval",
       "Run the open_due_reviews DAG", "每个高风险客户都有未结审查，或在周期内审查过", "请运行 open_due_reviews DAG"),
    _N("alarm_has_signal", "C3", "Every indicator beyond its alarm line has a signal",
       "Run the watch DAG", "每个越过警戒线的指标都有预警信号", "请运行 watch DAG"),
    _N("plan_has_owner", "C4", "Every open step of an emergency plan has an owner or deputy in the team",
       "Hand the step over to a person of policies/team.yaml", "应急预案的每个未结步骤都有团队内的责任人或代理人", "请将步骤移交给 policies/team.yaml 中的人员"),
    _N("measure_ends", "C5", "Every measure in force has an end that is not past",
       "Run the escalate DAG; end or renew the measure", "每项生效措施都有未过的到期日", "请运行 escalate DAG；终止或续期该措施"),
    _N("message_reached", "C6", "Every message reached its person, or its failure was told",
       "Give the person a channel in policies/team.yaml and channels.yaml", "每条通知均已送达，或其失败已告知他人", "请在 policies/team.yaml 与 channels.yaml 中为该人配置渠道"),
)  # fmt: skip
"""In the order of the numbers."""
