"""Operations about the scheduled change and the renewal settings of a subscription."""

from datetime import date

from ._bodies_subscriptions import NewReservation, RenewalChange, ReservationChange
from ._endpoints import Group, endpoint
from ._records_subscriptions import Renewal, Reservation
from ._shapes import or_none

_SUBSCRIPTION = "/partners/customers/{domainId}/subscriptions/{subscriptionId}"
_RESERVATION = _SUBSCRIPTION + "/reservation"
_RENEWAL = _SUBSCRIPTION + "/renewal"


class ReservationOperations(Group):
    """The operations on reservations and renewals; what they raise and need is told by `SubscriptionsApi`."""

    @endpoint("getReservation", "GET", _RESERVATION)
    def get_reservation(self, domain_id: int, subscription_id: int) -> Reservation:
        """
        Get the task scheduled for a subscription.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.

        Raises:
            Refused: LINE WORKS said no; presumably NOT_FOUND when nothing is scheduled.
            NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-subscriptions-reservation-get
        """
        answer = self._ask("getReservation", domainId=domain_id, subscriptionId=subscription_id)
        return self._one(Reservation, answer)

    def find_reservation(self, domain_id: int, subscription_id: int) -> Reservation | None:
        """
        Get the task scheduled for a subscription, or None for none.

        Args, Raises: as of `get_reservation`; NOT_FOUND is read as none unless it names the customer or the
            subscription. That reading is ours.
        """
        return or_none(lambda: self.get_reservation(domain_id, subscription_id))

    @endpoint("addReservation", "POST", _RESERVATION, body=NewReservation)
    def add_reservation(self, domain_id: int, subscription_id: int, reservation: NewReservation) -> Reservation:
        """
        Schedule a paid conversion, more licenses or the end of a subscription. There can be one task at a time.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.
            reservation: the task.

        Returns:
            The task as it is scheduled.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `find_reservation` tells.

        Scope: partner. Vendor page: partner-customer-subscriptions-reservation-create
        """
        answer = self._ask("addReservation", domainId=domain_id, subscriptionId=subscription_id, body=reservation)
        return self._one(Reservation, answer)

    @endpoint("updateReservation", "PATCH", _RESERVATION, body=ReservationChange)
    def update_reservation(self, domain_id: int, subscription_id: int, apply_date: date) -> Reservation:
        """
        Move the task scheduled for a subscription to another day. Options scheduled with it stay where they are.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.
            apply_date: the new day; how far ahead depends on the task.

        Returns:
            The task as it is scheduled.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `find_reservation` tells.

        Scope: partner. Vendor page: partner-customer-subscriptions-reservation-patch
        """
        change = ReservationChange(apply_date=apply_date)
        answer = self._ask("updateReservation", domainId=domain_id, subscriptionId=subscription_id, body=change)
        return self._one(Reservation, answer)

    @endpoint("deleteReservation", "DELETE", _RESERVATION, empty=(204,))
    def delete_reservation(self, domain_id: int, subscription_id: int) -> None:
        """
        Delete the task scheduled for a subscription. Options scheduled with it stay scheduled.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `find_reservation` tells.

        Scope: partner. Vendor page: partner-customer-subscriptions-reservation-delete
        """
        self._ask("deleteReservation", domainId=domain_id, subscriptionId=subscription_id)

    @endpoint("getRenewal", "GET", _RENEWAL)
    def get_renewal(self, domain_id: int, subscription_id: int) -> Renewal:
        """
        Get what happens to a paid subscription at contract end.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.

        Raises:
            Refused: LINE WORKS said no; presumably NOT_FOUND on Free and Trial, which have no renewal.
            NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-subscriptions-renewal-get
        """
        answer = self._ask("getRenewal", domainId=domain_id, subscriptionId=subscription_id)
        return self._one(Renewal, answer)

    def find_renewal(self, domain_id: int, subscription_id: int) -> Renewal | None:
        """
        Get what happens to a subscription at contract end, or None for nothing.

        Args, Raises: as of `get_renewal`; NOT_FOUND is read as none unless it names the customer or the
            subscription. That reading is ours.
        """
        return or_none(lambda: self.get_renewal(domain_id, subscription_id))

    @endpoint("updateRenewal", "PATCH", _RENEWAL, body=RenewalChange)
    def update_renewal(self, domain_id: int, subscription_id: int, change: RenewalChange) -> Renewal:
        """
        Set what is to happen to a paid subscription at contract end.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.
            change: to renew as it is, to renew with changes, or to end. Licenses can only be reduced here.

        Returns:
            The renewal as it is now.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `find_renewal` tells.

        Scope: partner. Vendor page: partner-customer-subscriptions-renewal-patch
        """
        answer = self._ask("updateRenewal", domainId=domain_id, subscriptionId=subscription_id, body=change)
        return self._one(Renewal, answer)
