"""Owns the table of everything a delivery can have wrong: code, sentence and repair in English and Chinese.

``E-`` refuses or holds a whole file, ``R-`` puts one row into quarantine. Other rooms raise these codes; people look them up here.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BadInputKind:
    """One code: what is wrong and an imperative sentence that repairs it, in both languages."""

    code: str
    en: str
    repair_en: str
    zh: str
    repair_zh: str

    @property
    def refuses_file(self) -> bool:
        """Whether the whole file is refused or held, rather than one row."""
        return self.code.startswith("E-")


_K = BadInputKind
KINDS: tuple[BadInputKind, ...] = (
    _K("E-FILE-EMPTY", "the file has no bytes", "Export it again", "文件为空", "请重新导出"),
    _K("E-BATCH-EMPTY", "the delivery has no rows", "Export it again; the last good facts stay until then",
       "本次交付没有任何数据行", "请重新导出；在此之前沿用上次的有效数据"),
    _K("E-HEADER", "the header row is missing or is not where the mapping says", "Correct read.header_row or export with a header",
       "缺少表头，或表头位置与映射不符", "请更正 read.header_row 或导出时带表头"),
    _K("E-HEADER-DUP", "a column name occurs twice", "Rename one of the two columns in the export", "列名重复", "请在导出中更改其中一个列名"),
    _K("E-SCHEMA", "a column of the mapping is missing", "Correct the column's name in the mapping or in the export",
       "缺少映射要求的列", "请更正映射或导出文件中的列名"),
    _K("E-SCHEMA-EXTRA", "the file has a column the mapping does not know", "Map it, or set extra_columns: allow",
       "文件含有映射未声明的列", "请加入映射，或设置 extra_columns: allow"),
    _K("E-ENCODING", "the bytes are not in the declared encoding", "Declare the right read.encoding (gb18030, utf-16, ...)",
       "字节与声明的编码不符", "请声明正确的 read.encoding（如 gb18030、utf-16）"),
    _K("E-CHAR-NUL", "a cell holds a NUL character", "Export again as text", "单元格含有 NUL 字符", "请重新以文本格式导出"),
    _K("E-CSV-QUOTE", "a quotation mark is opened and never closed", "Close the quotation mark at the named line",
       "引号未闭合", "请在所示行补上引号"),
    _K("E-DELIMITER", "the columns are not separated as declared", "Declare the right read.delimiter", "分隔符与声明不符", "请声明正确的 read.delimiter"),
    _K("E-DISTRIBUTION", "the figures differ from the last good delivery beyond all experience",
       "Check unit, sign and completeness of the export; two people may accept the batch with a reason",
       "数据分布与上次有效交付相差过大", "请检查单位、符号与完整性；可由两人说明理由后接受该批次"),
    _K("E-ROW-COUNT", "the number of rows differs too much from the last good delivery",
       "Check that the export is complete; two people may accept the batch with a reason",
       "行数与上次有效交付相差过大", "请检查导出是否完整；可由两人说明理由后接受该批次"),
    _K("E-RULE", "a rule that the whole delivery must satisfy failed", "Correct the export, or change the rule in policies/validation.yaml",
       "整批数据须满足的规则未通过", "请更正导出，或修改 policies/validation.yaml 中的规则"),
    _K("E-RULES-BROKEN", "the rules could not be evaluated, so nothing was accepted", "Read the problem, repair the rule and run again",
       "规则无法执行，因此未接受任何数据", "请查看问题、修正规则后重新运行"),
    _K("E-ASOF-OLD", "the list is older than the one already published", "Deliver the newest list; old lists never replace the current view",
       "该清单早于已发布的清单", "请交付最新清单；旧清单不会替换当前数据"),
    _K("E-ASOF-FUTURE", "the delivery's as-of date lies after the day it was received", "Correct the date in the file name or column",
       "数据日期晚于接收日期", "请更正文件名或列中的日期"),
    _K("E-CRM-FIELD", "the CRM has no such field, or the connection may not see it", "Correct the mapping, or add the field in the CRM",
       "CRM 中没有该字段，或连接无权查看", "请更正映射，或在 CRM 中添加该字段"),
    _K("E-CRM-TYPE", "the CRM's field is of another kind than the column it fills", "Map another field, or what stands behind a dot (Owner.id)",
       "CRM 字段类型与目标列不符", "请映射其他字段，或使用带点的路径（如 Owner.id）"),
    _K("E-CRM-PAGE", "an answer of the CRM cannot be read", "Look at the page in the raw zone, then pull again", "CRM 的应答无法读取",
       "请查看原始区中的页面，然后重新拉取"),
    _K("E-CRM-RAW", "a page or an extract of a pull is no longer in the raw zone", "Pull again with --full",
       "原始区中已没有该次拉取的页面或数据", "请使用 --full 重新拉取"),
    _K("E-REFERENTIAL", "too many rows belong to no known customer", "Deliver the customers first, or check the mapping of the customer id",
       "过多数据行找不到对应客户", "请先交付客户数据，或检查客户编号的映射"),
    _K("E-TRUNCATED-SUSPECT", "the file has exactly as many rows as a spreadsheet can hold", "Export it in parts or as CSV",
       "行数恰为电子表格上限，可能被截断", "请分批导出或改用 CSV"),
    _K("E-ARCHIVE-PATH", "an entry of the archive points outside of it", "Pack plain file names", "压缩包条目指向包外路径", "请使用普通文件名打包"),
    _K("E-ARCHIVE-RATIO", "the archive unpacks to far more than its size", "Pack the extract alone", "压缩比异常", "请仅打包该数据文件"),
    _K("E-LIST-FORMAT", "a sanctions list is not in the format the policy names", "Download it again, whole and unchanged", "制裁名单与政策所述格式不符", "请重新下载完整且未改动的文件"),
    _K("E-LIST-EMPTY", "a sanctions list names nobody", "Download it again; an empty list clears no one", "制裁名单为空", "请重新下载；空名单不会解除任何风险"),
    _K("E-LIST-DUPLICATE", "a sanctions list names one party twice", "Keep one version of the list in the folder", "制裁名单中同一主体重复", "文件夹中只保留一个版本"),
    _K("E-LIST-SHRUNK", "a sanctions list names far fewer parties than before", "Download it again, whole; the version before stays in use", "制裁名单条目骤减", "请重新下载完整文件；继续使用上一版本"),
    _K("E-ARCHIVE-LIMIT", "the archive has too many or nested entries", "Pack one extract per archive", "压缩包条目过多或嵌套", "每个压缩包只放一个文件"),
    _K("E-ARCHIVE-LINK", "the archive holds a link", "Pack the file itself", "压缩包含有链接", "请打包文件本身"),
    _K("E-ARCHIVE-ENCRYPTED", "the archive is encrypted", "Deliver it without a password", "压缩包已加密", "请交付未加密的文件"),
    _K("E-ARCHIVE", "the archive cannot be read", "Pack it again", "压缩包无法读取", "请重新打包"),
    _K("E-XML-ENTITY", "the workbook declares XML entities", "Save it again with a spreadsheet program", "工作簿声明了 XML 实体", "请用电子表格软件重新保存"),
    _K("E-FILE-TYPE", "the bytes are not what the name says", "Deliver the format the mapping declares", "文件内容与格式不符", "请按映射声明的格式交付"),
    _K("E-XLSX-SHEET", "the sheet or its header cannot be told", "Name the sheet in read.sheet and use one header row",
       "无法确定工作表或表头", "请在 read.sheet 指定工作表并使用单行表头"),
    _K("E-XLSX-FORMULA", "a formula has no stored value", "Recalculate and save the workbook", "公式没有缓存值", "请重新计算并保存工作簿"),
    _K("E-MANIFEST", "the file differs from its manifest", "Deliver file and manifest again", "文件与清单不符", "请重新交付文件与清单"),
    _K("E-FILENAME", "the file name is too long or holds control characters", "Rename the file", "文件名过长或含控制字符", "请更改文件名"),
    _K("E-FILE-KIND", "the inbox holds a link or device instead of a file", "Deliver a plain file", "收件箱中不是普通文件", "请交付普通文件"),
    _K("E-FILE-GROWING", "the file changed while it was read", "Deliver under another name and rename when complete",
       "读取过程中文件发生变化", "请以临时名写入，完成后再改名"),
    _K("E-FILE-SIZE", "the file is larger than allowed", "Deliver it in parts", "文件过大", "请分批交付"),
    _K("E-ASOF", "the as-of date cannot be told", "Correct delivery.as_of in the mapping or the file name", "无法确定数据日期", "请更正映射中的 delivery.as_of 或文件名"),
    _K("E-TOTALS", "the totals row does not equal the rows", "Check that the export is complete", "合计行与明细不符", "请检查导出是否完整"),
    _K("E-COUNT", "rows were lost or invented on the way", "Run again; report it if it comes back", "处理过程中行数不一致", "请重新运行；若再次出现请报告"),
    _K("E-JSON", "a line is no complete JSON object", "Write one JSON object a line, each key once, numbers finite",
       "某行不是完整的 JSON 对象", "请每行写一个 JSON 对象，键不重复，数值有限"),
    _K("E-QUERY", "the query failed", "Correct read.query.sql in the mapping", "查询失败", "请更正映射中的 read.query.sql"),
    _K("E-CONNECTION", "the connection of the query is not known", "Set the variable or connection the mapping names",
       "查询所用连接不存在", "请设置映射所指的变量或连接"),
    _K("E-EVENT-KEY", "a message has no usable id", "Give each message an id of its own, such as a UUID", "消息缺少可用的编号",
       "请为每条消息提供唯一编号，例如 UUID"),
    _K("E-EVENT-TYPE", "the body of a message is not JSON by its content type", "Send application/json or application/x-ndjson",
       "消息内容类型不是 JSON", "请使用 application/json 或 application/x-ndjson"),
    _K("E-EVENT-SIZE", "a message is larger than allowed", "Send it in parts, or as a file", "消息过大", "请分批发送，或以文件交付"),
    _K("E-EVENT-ROWS", "a message has more rows than allowed", "Send it in parts, or as a file", "消息行数过多", "请分批发送，或以文件交付"),
    _K("E-EVENT-NUMBER", "a number of a message is not finite", "Send finite numbers", "消息中的数值不是有限数", "请发送有限数值"),
    _K("E-EVENT-SIGNATURE", "a web hook is not signed by a sender of its source",
       "Sign it with the secret of the source, within five minutes: docs/how-to/send-events.md", "网络回调未由该数据源的发送方签名",
       "请用该数据源的密钥签名，且时间差不超过五分钟：docs/how-to/send-events.md"),
    _K("E-EVENT-REUSED", "the id of a message was used before for another body", "Give a changed message a new id",
       "消息编号已用于其他内容", "内容变更的消息请使用新编号"),
    _K("E-EVENT-REFUSED", "a queued message was refused", "Add a mapping with read: {events: true}, or use a new id",
       "队列消息被拒绝", "请添加 read: {events: true} 的映射，或使用新编号"),
    _K("E-SECRET", "the secret of a sender is no base64 or too short", "Make one with: riskreview events secret SOURCE",
       "发送方密钥不是 base64 或过短", "请执行 riskreview events secret SOURCE 生成"),
    _K("E-SECRET-FILE", "others than its owner can read a secret", "chmod 600 the file, and make a new secret", "密钥文件可被他人读取",
       "请将文件权限设为 600 并更换密钥"),
    _K("E-SOURCE-TWICE", "two mappings describe the same source", "Keep one of the two", "两个映射描述同一数据源", "请保留其中一个"),
    _K("R-FIELDCOUNT", "the row has too few or too many cells", "Quote cells that hold the delimiter", "单元格数量不符", "请为含分隔符的单元格加引号"),
    _K("R-ID-FORMAT", "the id holds blanks, invisible or full-width characters, or is a placeholder", "Correct the id in the source",
       "编号含空格、不可见或全角字符，或为占位符", "请在源系统更正编号"),
    _K("R-REQUIRED", "a required cell is empty", "Fill it in the source", "必填项为空", "请在源系统补全"),
    _K("R-DUP-CASE", "ids differ by case only", "Write the id the same way everywhere", "编号仅大小写不同", "请统一编号写法"),
    _K("R-DUP-CONFLICT", "the same key occurs with other values", "Keep the right row in the source, or release it here",
       "同一主键出现不同内容", "请在源系统保留正确的一行，或在此放行"),
    _K("R-NUMBER", "the number is not written as declared", "Declare read.decimal and read.thousands, or correct the cell",
       "数字写法与声明不符", "请声明 read.decimal 与 read.thousands，或更正单元格"),
    _K("R-NUMBER-NONFINITE", "the number is not finite", "Correct the cell", "数值不是有限数", "请更正单元格"),
    _K("R-NUMBER-RANGE", "the number is too large to hold", "Correct the cell or its unit", "数值过大", "请更正单元格或单位"),
    _K("R-RANGE", "the value lies outside what it can be", "Correct the value in the source, or release the row",
       "数值超出合理范围", "请在源系统更正，或放行该行"),
    _K("R-CURRENCY", "the currency is no ISO 4217 code", "Write three capital letters, such as CNY", "币种不是 ISO 4217 代码", "请写三位大写字母，如 CNY"),
    _K("R-COUNTRY", "the country is no ISO 3166 code", "Write two capital letters, such as CN", "国家不是 ISO 3166 代码", "请写两位大写字母，如 CN"),
    _K("R-DATE", "the date does not exist or is not written as declared", "Declare read.dates or correct the cell",
       "日期不存在或写法与声明不符", "请声明 read.dates 或更正单元格"),
    _K("R-DATE-AMBIGUOUS", "the date can be read in two ways", "Declare one order in read.dates", "日期可有两种读法", "请在 read.dates 声明唯一顺序"),
    _K("R-DATE-FUTURE", "the date lies after the extract's as-of date", "Correct the date in the source", "日期晚于数据日期", "请在源系统更正日期"),
    _K("R-TIME", "the local time does not exist or exists twice", "Write the time with its offset", "本地时间不存在或重复", "请写明时区偏移"),
    _K("R-ORPHAN", "the row belongs to no known customer", "Deliver the customer; the next ingest takes the row", "找不到对应客户", "请交付客户，下次接入时自动处理该行"),
    _K("R-BALANCE", "assets differ from liabilities plus equity", "Correct the statement or its unit", "资产不等于负债与权益之和", "请更正报表或单位"),
    _K("R-RULE", "the row breaks a rule of the data set", "Correct the value in the source, or release the row", "该行违反数据规则", "请在源系统更正，或放行该行"),
    _K("R-TOO-LONG", "the cell is longer than any real value", "Shorten the cell", "单元格内容过长", "请缩短内容"),
    _K("R-CHAR-CONTROL", "the cell holds control or text-direction characters", "Remove the invisible characters",
       "单元格含控制字符或文字方向字符", "请删除不可见字符"),
    _K("R-CHOICE", "the value is none of the allowed ones", "Add it to the value map in the mapping", "取值不在允许范围内", "请在映射的取值表中补充"),
    _K("R-BOOLEAN", "the value is neither yes nor no", "Add it to the value map in the mapping", "取值既非是也非否", "请在映射的取值表中补充"),
)  # fmt: skip
_STORED = re.compile(r"(?P<code>E-[A-Z-]+)(?P<place> [^:.]+(?=: ))?")
BY_CODE: dict[str, BadInputKind] = {kind.code: kind for kind in KINDS}


def repair(code: str, language: str = "en") -> str:
    """Return the repair of a code, or an empty text for a code that is not in the table."""
    kind = BY_CODE.get(code)
    if kind is None:
        return ""
    return kind.repair_zh if language == "zh" else kind.repair_en


def told(problem: str, language: str) -> str:
    """Return a stored problem of a delivery in a language: code and place as they are, the sentences of the table; what nobody knows stays."""
    found = _STORED.match(problem)
    kind = BY_CODE.get(found["code"]) if found else None
    if language != "zh" or found is None or kind is None:
        return problem
    return f"{kind.code}{found['place'] or ''}：{kind.zh}。{kind.repair_zh}。"


def repair_told(code: str, stored: str, language: str) -> str:
    """Return the stored repair of a row in a language; what a rule of the instance adds before it stays."""
    ours = repair(code)
    return stored.removesuffix(ours) + repair(code, language) if ours and stored.endswith(ours) else stored


def reference_page() -> str:
    """Return docs/reference/bad-inputs.md: every code with its sentence and repair, in both languages."""
    lines = ["# Bad inputs", "", "Generated from `riskreview.validation.bad_inputs`. `E-` refuses or holds a whole file;",
             "`R-` puts one row into quarantine, the rest is used.", ""]  # fmt: skip
    for title, whole in (("Whole file", True), ("One row", False)):
        lines += [f"## {title}", "", "| code | what is wrong | repair | 问题 | 处理 |", "|---|---|---|---|---|"]
        lines += [f"| `{kind.code}` | {kind.en} | {kind.repair_en} | {kind.zh} | {kind.repair_zh} |"
                  for kind in sorted(KINDS, key=lambda item: item.code) if kind.refuses_file == whole]  # fmt: skip
        lines.append("")
    return "\n".join(lines)
