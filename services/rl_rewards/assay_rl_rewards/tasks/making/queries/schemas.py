"""The schemas that questions are asked about; all of our own making."""

from assay_rl_rewards.tasks.making.queries.schema import Column, Schema, Table

_FIRST = "Ada|Ben|Clara|David|Elena|Farid|Greta|Hugo|Ines|Jonas|Kira|Leo|Mara|Nils|Olga|Pavel"
_LAST = "Abel|Brandt|Costa|Dahl|Eriksen|Fontana|Gruber|Haas|Ivanov|Jensen|Keller|Lindt|Moreau"
_PEOPLE = (_FIRST, _LAST)
_PLACES = ("North|South|East|West|Old|New|Upper|Lower|Green|Stone", "Bridge|Field|Gate|Hill|Mill")
_TITLES = ("Silent|Golden|Lost|Hidden|Last|Broken|Distant|Winter", "River|Garden|Letter|Voyage|Sky")
_GOODS = (
    "Classic|Compact|Deluxe|Eco|Fine|Mini|Prime|Solid|Trail|Ultra",
    "Lamp|Chair|Kettle|Bag|Clock",
)
_BRANDS = ("Alba|Boreal|Cedar|Delta|Elm|Fjord|Granit|Helix", "Works|Group|House|Supply|Partners")
_CITIES = "Arden|Belmore|Corwin|Dunmere|Eastvale"


def _label(name: str, words: tuple[str, str], phrase: str = "") -> Column:
    first, second = (part.split("|") for part in words)
    pairs = tuple(f"{a} {b}" for a in first for b in second)
    return Column(name, phrase or name, "label", pairs)


def _category(name: str, values: str, phrase: str = "") -> Column:
    return Column(name, phrase or name, "category", tuple(values.split("|")))


def _whole(name: str, low: int, high: int, phrase: str = "", *, gaps: bool = False) -> Column:
    return Column(name, phrase or name, "whole", low=low, high=high, is_nullable=gaps)


def _amount(name: str, low: int, high: int, phrase: str = "", *, gaps: bool = False) -> Column:
    return Column(name, phrase or name, "amount", low=low, high=high, is_nullable=gaps)


def _day(name: str, first_year: int, last_year: int, phrase: str = "") -> Column:
    return Column(name, phrase or name, "day", low=first_year, high=last_year)


def _chain(
    name: str, *tables: tuple[str, str, str, list[Column]], short_keys: bool = True
) -> Schema:
    made: list[Table] = []
    for table, noun, nouns, columns in tables:
        key = "id" if short_keys else noun.replace(" ", "_") + "_id"
        parent = made[-1].noun.replace(" ", "_") + "_id" if made else None
        made.append(Table(table, noun, nouns, key, tuple(columns), parent))
    return Schema(name, *made)


SCHEMAS = (
    _chain(
        "library",
        ("publishers", "publisher", "publishers", [
            _label("name", _BRANDS), _category("city", _CITIES),
            _whole("founded", 1900, 2005, "year of foundation"),
        ]),
        ("books", "book", "books", [
            _label("title", _TITLES), _category("genre", "mystery|poetry|history|science|travel"),
            _whole("pages", 60, 900, "number of pages"), _amount("price", 5, 60),
            _amount("rating", 1, 5, gaps=True), _day("published", 2005, 2023, "publication date"),
        ]),
        ("loans", "loan", "loans", [
            _category("member_type", "student|adult|senior", "member type"),
            _whole("days", 1, 60, "length in days"),
            _amount("fine", 0, 20, "fine", gaps=True), _day("loaned_on", 2021, 2024, "loan date"),
        ]),
    ),
    _chain(
        "shop",
        ("suppliers", "supplier", "suppliers", [
            _label("name", _BRANDS), _category("country", "Norland|Sudania|Westria|Ostmark"),
            _whole("lead_time", 1, 40, "lead time in days"),
        ]),
        ("products", "product", "products", [
            _label("name", _GOODS), _category("category", "kitchen|office|garden|travel"),
            _whole("stock", 0, 300, "stock level"), _amount("price", 3, 250),
            _amount("weight", 1, 30, "weight in kilograms", gaps=True),
            _day("listed_on", 2018, 2023, "listing date"),
        ]),
        ("orders", "order", "orders", [
            _category("channel", "web|phone|store", "sales channel"), _whole("quantity", 1, 25),
            _amount("discount", 0, 15, gaps=True), _day("ordered_on", 2022, 2024, "order date"),
        ]),
        short_keys=False,
    ),
    _chain(
        "clinic",
        ("departments", "department", "departments", [
            _label("name", (_PLACES[0], "Ward|Unit|Wing")), _category("building", "A|B|C|D"),
            _whole("beds", 8, 80, "number of beds"),
        ]),
        ("doctors", "doctor", "doctors", [
            _label("name", _PEOPLE),
            _category("specialty", "surgery|cardiology|neurology|pediatrics"),
            _whole("experience", 1, 38, "years of experience"),
            _amount("hourly_fee", 60, 320, "hourly fee"),
            _whole("publications", 0, 90, "number of publications", gaps=True),
            _day("hired_on", 1999, 2023, "hiring date"),
        ]),
        ("visits", "visit", "visits", [
            _category("outcome", "cured|referred|follow-up"),
            _whole("minutes", 5, 120, "duration in minutes"),
            _amount("charge", 20, 400, gaps=True), _day("visited_on", 2022, 2024, "visit date"),
        ]),
    ),
    _chain(
        "league",
        ("clubs", "club", "clubs", [
            _label("name", (_PLACES[0], "Rovers|United|Falcons|Bears")),
            _category("region", "north|south|coast|hills"),
            _whole("seats", 2000, 60000, "number of seats"),
        ]),
        ("players", "player", "players", [
            _label("name", _PEOPLE), _category("position", "keeper|defender|midfielder|forward"),
            _whole("caps", 0, 120, "number of caps"),
            _amount("salary", 20, 900, "salary in thousands"),
            _whole("height", 160, 205, "height in centimetres", gaps=True),
            _day("born", 1988, 2006, "date of birth"),
        ]),
        ("appearances", "appearance", "appearances", [
            _category("venue", "home|away|neutral"), _whole("goals", 0, 4, "number of goals"),
            _amount("distance", 2, 13, "distance run in kilometres", gaps=True),
            _day("played_on", 2022, 2024, "match date"),
        ]),
        short_keys=False,
    ),
    _chain(
        "fleet",
        ("depots", "depot", "depots", [
            _label("name", _PLACES), _category("state", "Avon|Brea|Calder|Doune"),
            _whole("docks", 2, 40, "number of docks"),
        ]),
        ("vehicles", "vehicle", "vehicles", [
            _label("call_sign", (_BRANDS[0], "One|Two|Three|Four"), "call sign"),
            _category("fuel", "diesel|electric|hybrid|gas", "fuel type"),
            _whole("mileage", 500, 300000), _amount("capacity", 1, 40, "capacity in tonnes"),
            _amount("consumption", 3, 35, gaps=True),
            _day("bought_on", 2008, 2023, "purchase date"),
        ]),
        ("trips", "trip", "trips", [
            _category("cargo", "food|steel|mail|timber"),
            _whole("distance", 10, 1500, "distance in kilometres"),
            _amount("toll", 0, 90, gaps=True), _day("started_on", 2023, 2024, "start date"),
        ]),
    ),
    _chain(
        "school",
        ("faculties", "faculty", "faculties", [
            _label("name", (_PLACES[0], "College|Institute|Academy")),
            _category("campus", "river|city|forest"), _whole("rooms", 5, 90, "number of rooms"),
        ]),
        ("courses", "course", "courses", [
            _label("title", ("Applied|Modern|General|Global", "Logic|Drawing|Ethics|Music|Law")),
            _category("level", "basic|intermediate|advanced"),
            _whole("credits", 2, 15, "number of credits"),
            _amount("fee", 50, 900), _whole("capacity", 10, 200, gaps=True),
            _day("approved_on", 2010, 2023, "approval date"),
        ]),
        ("enrolments", "enrolment", "enrolments", [
            _category("mode", "campus|remote|evening", "mode of study"),
            _whole("absences", 0, 20, "number of absences"),
            _amount("grade", 1, 10, gaps=True), _day("enrolled_on", 2021, 2024, "enrolment date"),
        ]),
    ),
    _chain(
        "hotel",
        ("resorts", "resort", "resorts", [
            _label("name", (_PLACES[0], "Palace|Lodge|Retreat|Inn")),
            _category("climate", "alpine|coastal|desert"), _whole("stars", 1, 5, "number of stars"),
        ]),
        ("rooms", "room", "rooms", [
            _label("name", (_FIRST, "Room|Suite")), _category("outlook", "sea|garden|street|court"),
            _whole("beds", 1, 6, "number of beds"), _amount("rate", 40, 500, "nightly rate"),
            _amount("area", 12, 90, "area in square metres", gaps=True),
            _day("renovated_on", 2005, 2023, "renovation date"),
        ]),
        ("stays", "stay", "stays", [
            _category("purpose", "business|holiday|event"),
            _whole("nights", 1, 21, "number of nights"),
            _amount("extras", 0, 300, "cost of extras", gaps=True),
            _day("arrived_on", 2022, 2024, "arrival date"),
        ]),
        short_keys=False,
    ),
    _chain(
        "farm",
        ("farms", "farm", "farms", [
            _label("name", (_PLACES[0], "Acres|Meadow|Ranch|Orchard")),
            _category("soil", "clay|sand|loam"), _whole("workers", 2, 60, "number of workers"),
        ]),
        ("plots", "plot", "plots", [
            _label("name", (_TITLES[0], "Strip|Corner|Terrace|Slope")),
            _category("crop", "wheat|maize|barley|oats|rye"),
            _whole("trees", 0, 90, "number of trees"),
            _amount("hectares", 1, 80, "size in hectares"),
            _amount("acidity", 4, 9, gaps=True), _day("planted_on", 2015, 2023, "planting date"),
        ]),
        ("harvests", "harvest", "harvests", [
            _category("quality", "low|medium|high"), _whole("sacks", 5, 400, "number of sacks"),
            _amount("moisture", 8, 25, gaps=True), _day("harvested_on", 2020, 2024, "harvest date"),
        ]),
    ),
    _chain(
        "museum",
        ("galleries", "gallery", "galleries", [
            _label("name", (_PLACES[0], "Hall|Gallery|Pavilion")),
            _category("floor", "ground|first|second"), _whole("capacity", 20, 400),
        ]),
        ("artworks", "artwork", "artworks", [
            _label("title", _TITLES), _category("technique", "oil|bronze|print|textile|photo"),
            _whole("year", 1600, 2015, "year of origin"),
            _amount("worth", 10, 950, "worth in thousands"),
            _amount("height", 1, 6, "height in metres", gaps=True),
            _day("acquired_on", 1980, 2023, "acquisition date"),
        ]),
        ("inspections", "inspection", "inspections", [
            _category("condition", "good|fair|poor"), _whole("defects", 0, 15, "number of defects"),
            _amount("cost", 10, 500, gaps=True),
            _day("inspected_on", 2019, 2024, "inspection date"),
        ]),
        short_keys=False,
    ),
    _chain(
        "bank",
        ("branches", "branch", "branches", [
            _label("name", _PLACES), _category("district", "harbour|market|station|park"),
            _whole("tellers", 2, 30, "number of tellers"),
        ]),
        ("accounts", "account", "accounts", [
            _label("holder", _PEOPLE), _category("tariff", "basic|saver|premium|youth"),
            _whole("score", 300, 850, "credit score"), _amount("balance", 5, 9000),
            _amount("credit_limit", 100, 5000, "credit limit", gaps=True),
            _day("opened_on", 2001, 2023, "opening date"),
        ]),
        ("transfers", "transfer", "transfers", [
            _category("purpose", "rent|salary|goods|gift"),
            _whole("fee_cents", 0, 250, "fee in cents"),
            _amount("amount", 1, 3000), _day("booked_on", 2023, 2024, "booking date"),
        ]),
    ),
    _chain(
        "cinema",
        ("studios", "studio", "studios", [
            _label("name", _BRANDS), _category("country", "Norland|Sudania|Westria|Ostmark"),
            _whole("employees", 15, 900, "number of employees"),
        ]),
        ("films", "film", "films", [
            _label("title", _TITLES), _category("genre", "drama|comedy|thriller|family"),
            _whole("runtime", 70, 210, "running time in minutes"),
            _amount("budget", 1, 200, "budget in millions"),
            _amount("rating", 1, 10, gaps=True), _day("released_on", 1995, 2023, "release date"),
        ]),
        ("screenings", "screening", "screenings", [
            _category("projection", "standard|3d|imax"),
            _whole("tickets", 0, 350, "number of tickets sold"),
            _amount("takings", 0, 4000, gaps=True), _day("shown_on", 2022, 2024, "screening date"),
        ]),
    ),
    _chain(
        "workshop",
        ("teams", "team", "teams", [
            _label("name", (_BRANDS[0], "Crew|Team|Squad")),
            _category("shift", "early|late|night"), _whole("members", 3, 25, "number of members"),
        ]),
        ("machines", "machine", "machines", [
            _label("name", (_GOODS[0], "Press|Lathe|Mill|Saw")),
            _category("maker", "Ostrom|Pell|Quandt|Rho"),
            _whole("power", 1, 90, "power in kilowatts"),
            _amount("cost", 2, 400, "cost in thousands"),
            _whole("noise", 40, 110, "noise level", gaps=True),
            _day("installed_on", 2000, 2023, "installation date"),
        ]),
        ("repairs", "repair", "repairs", [
            _category("part", "belt|motor|sensor|valve"), _whole("hours", 1, 30, "number of hours"),
            _amount("bill", 10, 900, gaps=True), _day("repaired_on", 2021, 2024, "repair date"),
        ]),
        short_keys=False,
    ),
    _chain(
        "festival",
        ("stages", "stage", "stages", [
            _label("name", _PLACES), _category("ground", "meadow|hall|beach"),
            _whole("capacity", 200, 9000),
        ]),
        ("bands", "band", "bands", [
            _label("name", (_TITLES[0], "Echoes|Wolves|Mirrors|Sparks|Tides")),
            _category("style", "folk|jazz|rock|electronic"),
            _whole("albums", 0, 18, "number of albums"), _amount("fee", 1, 120, "fee in thousands"),
            _whole("members", 1, 12, "number of members", gaps=True),
            _day("founded_on", 1990, 2022, "founding date"),
        ]),
        ("sets", "set", "sets", [
            _category("slot", "noon|evening|night"), _whole("songs", 4, 25, "number of songs"),
            _amount("loudness", 60, 115, gaps=True),
            _day("played_on", 2019, 2024, "performance date"),
        ]),
    ),
    _chain(
        "observatory",
        ("telescopes", "telescope", "telescopes", [
            _label("name", (_BRANDS[0], "Eye|Mirror|Array")),
            _category("site", "desert|summit|island"),
            _whole("diameter", 20, 800, "diameter in centimetres"),
        ]),
        ("stars", "star", "stars", [
            _label("name", (_BRANDS[0], "Major|Minor|Prime|Secundus")),
            _category("color", "blue|white|yellow|red"),
            _whole("distance", 4, 4000, "distance in light years"), _amount("magnitude", 1, 14),
            _amount("mass", 1, 40, "mass in solar masses", gaps=True),
            _day("catalogued_on", 1985, 2023, "catalogue date"),
        ]),
        ("observations", "observation", "observations", [
            _category("weather", "clear|hazy|windy"),
            _whole("exposures", 1, 60, "number of exposures"),
            _amount("noise", 0, 9, "noise level", gaps=True),
            _day("observed_on", 2020, 2024, "observation date"),
        ]),
        short_keys=False,
    ),
)  # fmt: skip
