"""Operations about subscriptions of a customer."""

from ._assumptions_bodies import MoreLicenses, NewSubscription
from ._bodies_subscriptions import PaidService, Upgrade
from ._endpoints import endpoint
from ._pre_orders import PreOrderOperations
from ._reading import Listing
from ._records_subscriptions import Subscription
from ._reservations import ReservationOperations
from ._values import ProductId

_ALL = "/partners/customers/{domainId}/subscriptions"
_ONE = _ALL + "/{subscriptionId}"


class SubscriptionsApi(PreOrderOperations, ReservationOperations):
    """
    The operations on a customer's subscriptions, pre-orders, reservations and renewals.

    Reads raise `Refused`, `NotSent` or `NoClearAnswer` and may be repeated after the last two. Writes raise the
    same, and nothing happened after the first two; each says where to look after `NoClearAnswer`. Reads need the
    scope `partner.read` or `partner`, writes need `partner`.
    """

    @endpoint("listSubscriptions", "GET", _ALL)
    def list_subscriptions(self, domain_id: int) -> Listing[Subscription]:
        """
        Get the active subscriptions of a customer; the answer isn't paged.

        Args:
            domain_id: the customer's domainId.

        Returns:
            The subscriptions; those that can't be read stand in `malformed`.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-subscriptions-list
        """
        return self._listing(Subscription, self._ask("listSubscriptions", domainId=domain_id), "subscriptions")

    @endpoint("getSubscription", "GET", _ONE)
    def get_subscription(self, domain_id: int, subscription_id: int) -> Subscription:
        """
        Get one subscription of a customer.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-subscriptions-get (what follows productId is inferred
        from the list)
        """
        answer = self._ask("getSubscription", domainId=domain_id, subscriptionId=subscription_id)
        return self._one(Subscription, answer)

    @endpoint("addSubscription", "POST", _ALL, body=NewSubscription)
    def add_subscription(self, domain_id: int, subscription: NewSubscription) -> Subscription:
        """
        Start a subscription for a customer at once.

        Args:
            domain_id: the customer's domainId.
            subscription: contract type, product, and licenses for license-based plans.

        Returns:
            The subscription. Status and body of the answer are inferred.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_subscriptions` tells.

        Scope: partner. Vendor page: partner-customer-subscriptions-post
        """
        return self._one(Subscription, self._ask("addSubscription", domainId=domain_id, body=subscription))

    @endpoint("cancelSubscription", "DELETE", _ONE, empty=(204,))
    def cancel_subscription(self, domain_id: int, subscription_id: int) -> None:
        """
        End a subscription at once. The customer stays.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_subscriptions` tells.

        Scope: partner. Vendor page: partner-customer-subscriptions-delete
        """
        self._ask("cancelSubscription", domainId=domain_id, subscriptionId=subscription_id)

    @endpoint("convertSubscriptionToPaid", "POST", _ONE + "/paid-service", body=PaidService)
    def convert_subscription_to_paid(self, domain_id: int, subscription_id: int, service: PaidService) -> Subscription:
        """
        Turn a Free or Trial subscription into a paid one at once. All that is scheduled for it is deleted.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.
            service: contract type; the product when coming from Free; licenses for license-based plans.

        Returns:
            The subscription as it is now. Status and body of the answer are inferred.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `get_subscription` tells.

        Scope: partner. Vendor page: partner-customer-subscriptions-paid-service
        """
        answer = self._ask(
            "convertSubscriptionToPaid", domainId=domain_id, subscriptionId=subscription_id, body=service
        )
        return self._one(Subscription, answer)

    @endpoint("upgradeSubscription", "POST", _ONE + "/upgrade", body=Upgrade)
    def upgrade_subscription(self, domain_id: int, subscription_id: int, product_id: ProductId) -> Subscription:
        """
        Upgrade a subscription to Advanced at once. An upgrade set for its renewal is deleted.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.
            product_id: ADV, or ADV_T for a trial.

        Returns:
            The subscription as it is now.

        Raises:
            ValueError: another product.
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `get_subscription` tells.

        Scope: partner. Vendor page: partner-customer-subscriptions-upgrade
        """
        body = Upgrade(product_id=product_id)
        answer = self._ask("upgradeSubscription", domainId=domain_id, subscriptionId=subscription_id, body=body)
        return self._one(Subscription, answer)

    @endpoint("addLicenses", "POST", _ONE + "/add-license-count", body=MoreLicenses)
    def add_licenses(self, domain_id: int, subscription_id: int, add_license_count: int) -> Subscription:
        """
        Add licenses to a license-based subscription at once.

        Args:
            domain_id: the customer's domainId.
            subscription_id: the subscription's id.
            add_license_count: the licenses to add, 1 to 1,000,000.

        Returns:
            The subscription as it is now. The page wasn't seen: body and answer are those of the operation
            before it.

        Raises:
            ValueError: `add_license_count` is out of range.
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `license_count` of `get_subscription` tells.

        Scope: partner. Vendor page: partner-customer-subscription-add-license-count (of the operation before it)
        """
        body = MoreLicenses(add_license_count=add_license_count)
        answer = self._ask("addLicenses", domainId=domain_id, subscriptionId=subscription_id, body=body)
        return self._one(Subscription, answer)
