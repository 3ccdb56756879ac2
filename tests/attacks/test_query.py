"""Group A: filters, orders and groupings as oracles about what is hidden."""

from __future__ import annotations

from urllib.parse import quote

from attacks.cases import case
from attacks.oracles import alike, as_unknown, silent, stored
from attacks.serving import Town
from attacks.world import HIDDEN, record_id

LIST = "/apps/case/"
ODD = ("Address", "ADDRESS", "address\0", "ａｄｄｒｅｓｓ", "address.sub", "address[0]", "$address")
PASTED = ("x' or '1'='1", "x'; drop table rec_2; --", '"', "\\", "x') union select 1 --")


def asking(condition: str, app: str = "case") -> str:
    """Return the API's address for a query; ``{}`` stays, to be filled in."""
    return f"/api/apps/{app}/records?query={quote(condition, safe='{}')}"


@case("A01", guard="hidden-fields-can-be-asked")
def test_a_filter_on_a_hidden_field_is_a_filter_on_no_field(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for form in (
        asking('{} = "ZQX-address-A1"'),
        LIST + "?f.0.field={}&f.0.op=like&f.0.value=ZQX",
        "/apps/case/export.csv?where=" + quote('{} like "ZQX"', safe="{}"),
    ):
        answer = as_unknown(viewer, form, "address")
        assert answer.status_code == 400 or "f.0.field" in form


@case("A03", guard="hidden-fields-can-be-asked")
def test_a_hidden_number_cannot_be_found_by_halving(town: Town) -> None:
    for condition in ("risk >= 987652", "risk < 987660", "birthday < TODAY()"):
        assert alike(town, "viewer_a", asking(condition)).status_code == 400


@case("A06", guard="hidden-fields-can-be-asked")
def test_somebody_without_a_single_field_can_filter_by_none(town: Town) -> None:
    viewer = town.visitor("viewer_nofield")
    assert viewer.get(LIST).status_code == 200
    for field in ("name", *HIDDEN):
        assert as_unknown(viewer, asking('{} like "name"'), field).status_code == 400


@case("A09", guard="orders-take-expressions")
def test_an_order_is_a_field_and_never_an_expression(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for order in ("length(address)", "length(name)", 'field(strcmp(risk,"x"),-1)', 'data->>"risk"'):
        answer = viewer.get(asking(f"order by {order}"))
        assert answer.status_code == 400, order
        assert "rec_" not in silent(answer).text


@case("A10", guard="hidden-fields-can-be-asked")
def test_a_saved_order_by_a_hidden_field_orders_nothing(town: Town) -> None:
    answer = alike(town, "viewer_a", LIST + "?view=1")
    assert "name of A1" in answer.text
    alike(town, "viewer_a", LIST + "?sort=risk+desc")


@case("A13", guard="masks-are-read")
def test_a_mask_holds_in_every_shape_of_answer(town: Town) -> None:
    reader, record = town.visitor("masked_a"), f"/apps/case/records/{record_id('A1')}"
    for path in (
        asking("") + "&field=address",
        asking("order by address desc"),
        asking('address like "A1"'),
        LIST + "?view=all",
        "/apps/case/export.csv",
        "/apps/case/export.csv?form=machine",
        record,
        record + "/history",
        record + "/print",
        record + "/edit",
        "/search?q=ZQX-address",
    ):
        answer = reader.get(path)
        assert answer.status_code == 200, path
        silent(answer, typed="ZQX-address")


@case("A14", guard="field-names-are-tidied")
def test_no_spelling_of_a_hidden_field_reaches_it(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for spelling in (*ODD, "addres%73", "address "):
        name = quote(spelling, safe="%")
        for path in (asking("") + f"&field={name}", f"/apps/case/lookup/{name}"):
            answer = viewer.get(path)
            assert answer.status_code in {400, 403, 404}, (path, answer.status_code)
            silent(answer)


@case("A16", "A17", guard="names-lead-on")
def test_no_path_leads_from_a_field_into_what_it_names(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for condition in (
        'creator.password_hash like "$argon2"',
        'assignee.email like "a"',
        'modifier.totp_secret > "A"',
        'parent_case.name = "ZQX"',
        'cases.unit = "B" and cases.name like "ZQX"',
    ):
        for app in ("case", "contact"):
            answer = alike(town, "viewer_a", asking(condition, app))
            assert answer.status_code == 400
            assert viewer.get(asking(condition, app)).status_code == 400


@case("A18", guard="hidden-fields-can-be-asked")
def test_a_column_of_a_hidden_table_is_no_field(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for condition in ('{} in ("ZQX-school-A1")', '{} like "ZQX"', "order by {} asc"):
        assert as_unknown(viewer, asking(condition), "school").status_code == 400


@case("A19", guard="every-view-is-offered")
def test_a_view_whose_condition_is_hidden_does_not_exist(town: Town) -> None:
    for path in (LIST, LIST + "?view=2", "/apps/case/export"):
        assert silent(alike(town, "viewer_a", path)).status_code == 200
    assert town.visitor("viewer_a").get("/apps/case/export.csv?view=2").status_code == 404


@case("A21", guard="values-are-pasted")
def test_nothing_typed_becomes_a_statement(town: Town) -> None:
    viewer = town.visitor("viewer_a")
    for value in PASTED:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        for path in (
            asking(f'owner = "{escaped}"'),
            asking(f"order by name){value}"),
            asking(f"limit 1;{value}"),
            asking("") + "&field=" + quote(f'name",(select 1){value}'),
            LIST + "?f.0.field=owner&f.0.op==&f.0.value=" + quote(value),
        ):
            answer = viewer.http.get(path)
            assert answer.status_code in {200, 400}, path
            assert "name of A1" not in answer.text or path.startswith(LIST), path
    assert stored(town.here, "case", record_id("A1"))["name"] == "name of A1"
