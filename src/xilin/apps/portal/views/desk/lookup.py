"""查询 Looking people and organisations up, and why a record is theirs: for reviewers, for a purpose, on record."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xilin.apps.portal.queries import found
from xilin.apps.portal.views.desk.frame import attempt, desk_page, person, show
from xilin.kernel.registry import decisions, forms, inquiry, queries


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def look_up(request: HttpRequest) -> HttpResponse:
    """The form, and below it who may be meant; everything personal comes and goes in the body, never in an address."""
    user = person(request)
    decisions.need_reviewer(user)
    form = forms.LookUpForm(request.POST if request.method == "POST" else None)
    answer = None
    if form.is_valid():
        given = form.cleaned_data
        answer = attempt(
            form,
            lambda: inquiry.look_up(
                given["registry"],
                form.inquiry(),
                by=user,
                at=timezone.now(),
                purpose=given["purpose"],
                case_number=given["case_number"],
            ),
        )
    return show(
        request,
        "lookup",
        "lookup",
        status=400 if form.is_bound and answer is None else 200,
        form=form,
        asked=answer is not None,
        registry=form.cleaned_data["registry"] if answer is not None else "",
        answer=found.cards(form.cleaned_data["registry"], answer) if answer else [],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk_page
def why(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Why a record belongs to its person or organisation, once a purpose is given."""
    user = person(request)
    decisions.need_reviewer(user)
    record = queries.record(code, pk)
    form = forms.PurposeForm(request.POST if request.method == "POST" else None)
    told = None
    if form.is_valid():
        told = attempt(
            form,
            lambda: inquiry.why(
                code,
                record.source,
                record.key,
                by=user,
                at=timezone.now(),
                purpose=form.cleaned_data["purpose"],
            ),
        )
    return show(
        request,
        "why",
        "lookup",
        status=400 if form.is_bound and told is None else 200,
        form=form,
        record=record,
        why=found.why(code, told) if told else None,
    )
