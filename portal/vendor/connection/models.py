"""The grant of LINE WORKS, and the last connection test."""

from django.db import models


class Grant(models.Model):
    """
    What Partnerdesk may do at LINE WORKS by one account: its token, sealed, and how it was last found to work.

    ``portal.vendor.connection.grants`` alone reads and writes the sealed columns.
    """

    account = models.CharField(max_length=600, unique=True)
    sealed_access = models.BinaryField(default=b"")
    sealed_refresh = models.BinaryField(default=b"")
    scope = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True)
    renewed_at = models.DateTimeField(null=True)
    refresh_issued_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)
    connected_by_name = models.CharField(max_length=80, blank=True)
    try_asked_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    try_problem = models.TextField(blank=True)
    try_trouble = models.CharField(max_length=40, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [("connect_vendor", "Can connect the portal to the vendor")]

    def __str__(self) -> str:
        return self.account

    @property
    def is_being_tried(self) -> bool:
        """Whether somebody asked for a try that has no outcome yet."""
        return self.try_asked_at is not None and (self.tried_at is None or self.tried_at < self.try_asked_at)
