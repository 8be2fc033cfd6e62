"""Members say that an answer is wrong: understood, kept, reviewed by others, and told the outcome."""

from bot.services.corrections.ledger import ContributionLedger
from bot.services.corrections.reporting import CorrectionService, Refused, Reported
from bot.services.corrections.withdrawing import WithdrawService

__all__ = ["ContributionLedger", "CorrectionService", "Refused", "Reported", "WithdrawService"]
