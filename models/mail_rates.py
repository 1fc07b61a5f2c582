"""How many e-mails all processes together have taken leave to send, by stretch of time."""

from models.database import Database


class MailRates:
    """``mail_rates``: one small row for each stretch, of which a few are kept."""

    def __init__(self, database: Database):
        self._rates = database.collection("mail_rates")

    async def take(self, stretch: int, count: int, most: int) -> int:
        """Ask for leave to send ``count`` more in this stretch of ``most``; how many may go."""
        taken = await self._rates.increment(_key(stretch), count) - count
        if taken == 0:
            await self._rates.delete({"_id": {"$gte": "", "$lt": _key(stretch - 1)}})
        return max(0, min(count, most - taken))


def _key(stretch: int) -> str:
    return f"{stretch:015d}"
