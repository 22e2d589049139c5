"""Owns the code lists of the world: ISO 4217 currencies in use and ISO 3166-1 two-letter countries; and how industries are coded."""

CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
    CDF CHF CLF CLP CNH CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
    GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD
    KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK
    NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD
    SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF
    XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()
)
"""ISO 4217 codes of money in use, and CNH, the offshore renminbi, which exports name."""

COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ
    BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR
    CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
    GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU
    ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ
    LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ
    MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
    SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR
    TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK
    """.split()
)
"""ISO 3166-1 alpha-2 codes, and XK, which is user-assigned and in wide use for Kosovo."""


def is_currency(code: str) -> bool:
    """Return whether ``code`` is a currency in use, in capital letters."""
    return code in CURRENCIES


def is_country(code: str) -> bool:
    """Return whether ``code`` is a country, in capital letters."""
    return code in COUNTRIES


def are_countries(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return countries as they are.

    :raises ValueError: when one of them is none.
    """
    wrong = next((code for code in value if not is_country(code)), None)
    if wrong is not None:
        raise ValueError(f"E-POLICY-KEY {wrong} is no country; write ISO 3166 letters such as CN")
    return value


def are_industry_codes(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return beginnings of industry codes as they are.

    :raises ValueError: when one of them is none.
    """
    wrong = next((code for code in value if not (code.isascii() and code.isalnum() and code == code.upper())), None)
    if wrong is not None:
        raise ValueError(f"E-POLICY-TYPE {wrong!r} is no industry code; write capitals and digits only, such as J66")
    return value
