"""The page on which people choose their e-mails, and the renewals digest."""

from datetime import date
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.urls import reverse
from pytest_django import Settings

from customers.models import Customer
from portal.accounts.models import User
from portal.core.clock import now
from portal.desk.digest import post_digest
from portal.desk.models import RenewalCase
from portal.mail.delivery import deliver
from portal.mail.models import Mail, MailPreference
from subscriptions.models import Subscription
from tests.support import vendor_json
from tests.support.portal import People, SignIn
from tests.support.rows import keep_customers

FRIDAY, HOLIDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)
FIRST = 10_000_001


@pytest.fixture(autouse=True)
def _today(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("clock") / "today"
    settings.BUSINESS_DATE_FILE = str(file)
    file.write_text(FRIDAY.isoformat())


def set_day(settings: Settings, day: date) -> None:
    Path(settings.BUSINESS_DATE_FILE).write_text(day.isoformat())


def subscription(number: int, end: date, *, owner: User | None) -> None:
    keep_customers(vendor_json.customer(FIRST + number, companyName=f"株式会社{number}号"))
    Customer.objects.filter(pk=FIRST + number).update(owner=owner)
    Subscription.objects.create(
        customer_id=FIRST + number, subscription_id=500 + number, product_id="STD", plan="ANNUAL_LICENSE",
        status="ACTIVE", start_date=date(2025, 12, 1), end_date=end, license_count=20, renewal_type="STAY", raw={},
        changed_at=now(),
    )  # fmt: skip


class TestThePage:
    def test_what_everybody_gets_by_default(self, people: People, sign_in: SignIn) -> None:
        def ticked(person: User) -> dict[str, bool]:
            form = sign_in(person).get(reverse("account_mails")).context["form"]
            return {choice.data["value"]: choice.data["selected"] for choice in form["wanted"].subwidgets}

        all_on = {"approval": True, "outcome": True, "bulk_approval": True, "bulk_stopped": True}
        assert ticked(people.administrator) == ticked(people.account_manager) == all_on | {"renewals": False}
        assert ticked(people.finance) == {"outcome": True}

    def test_a_choice_is_kept_and_no_one_elses(self, people: People, sign_in: SignIn) -> None:
        browser = sign_in(people.account_manager)

        browser.post(reverse("account_mails"), {"wanted": ["renewals", "outcome"]})

        kept = dict(MailPreference.objects.values_list("kind", "is_wanted"))
        off = dict.fromkeys(("approval", "bulk_approval", "bulk_stopped"), False)
        assert kept == off | {"renewals": True}
        assert {each.person for each in MailPreference.objects.all()} == {people.account_manager}
        assert browser.post(reverse("account_mails"), {"wanted": ["approval", "payroll"]}).status_code == 422

    def test_it_says_where_nothing_is_sent(self, people: People, sign_in: SignIn, settings: Settings) -> None:
        words = "Partnerdesk sends no e-mail"
        assert words not in sign_in(people.support).get(reverse("account_mails")).content.decode()
        assert "EMAIL_URL" not in sign_in(people.administrator).get(reverse("operations:policy")).content.decode()
        settings.EMAIL_IS_CONFIGURED = False
        assert words in sign_in(people.support).get(reverse("account_mails")).content.decode()
        assert "EMAIL_URL" in sign_in(people.administrator).get(reverse("operations:policy")).content.decode()


class TestTheDigest:
    @pytest.fixture
    def reader(self, people: People) -> User:
        MailPreference.objects.create(person=people.account_manager, kind="renewals", is_wanted=True)
        return people.account_manager

    def test_undecided_first_and_the_readers_customers_alone(
        self, reader: User, people: People, mailoutbox: list[EmailMessage]
    ) -> None:
        subscription(1, date(2026, 11, 25), owner=reader)
        subscription(2, date(2026, 11, 27), owner=reader)
        subscription(3, date(2026, 11, 26), owner=people.second_manager)
        subscription(4, date(2026, 11, 26), owner=None)
        subscription(5, date(2027, 3, 31), owner=reader)
        RenewalCase.objects.create(
            domain_id=FIRST + 1, subscription_id=501, end_date=date(2026, 11, 25), decision="unchanged",
            decided_at=now(), decided_by_id=reader.pk, decided_by_name=str(reader),
        )  # fmt: skip

        post_digest()
        deliver()

        [message] = mailoutbox
        assert message.to == [reader.email]
        assert message.subject == "Renewals: 1 to decide within a week"
        lines = str(message.body).split("\n")
        assert lines[0].endswith("株式会社2号, Standard, undecided")
        assert lines[1].endswith("株式会社1号, Standard, decided")
        assert "号" not in "".join(lines[2:])

    def test_once_a_working_day(self, reader: User, settings: Settings, mailoutbox: list[EmailMessage]) -> None:
        subscription(1, date(2026, 11, 30), owner=reader)
        for day in (FRIDAY, FRIDAY, HOLIDAY, TUESDAY):
            set_day(settings, day)
            post_digest()
            deliver()

        assert [mail.key for mail in Mail.objects.order_by("pk")] == ["2026-11-20", "2026-11-24"]
        assert len(mailoutbox) == 2

    def test_nothing_due_sends_nothing(self, reader: User, mailoutbox: list[EmailMessage]) -> None:
        subscription(1, date(2027, 3, 31), owner=reader)

        post_digest()
        deliver()

        assert mailoutbox == []
        assert Mail.objects.get().state == Mail.State.NOT_NEEDED
