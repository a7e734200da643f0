using Marketplace.Billing.Contracts;

namespace Marketplace.Billing.Payments.Reconciliation;

/// <summary>A transaction on the provider's balance, in micro-units; <c>Net = Amount - Fee</c>.</summary>
internal sealed record PspTransaction(
    string Id,
    string Type,
    string Category,
    string? Source,
    string Currency,
    long Amount,
    long Fee,
    DateTimeOffset CreatedAt,
    DateTimeOffset AvailableOn
)
{
    public long Net => checked(Amount - Fee);
}

/// <summary>The one journal a transaction should have.</summary>
internal readonly record struct JournalKey(string Source, string Key);

/// <summary>What a journal moved on the provider's account and booked as its fee, in micro-units.</summary>
internal sealed record BookedJournal(string JournalId, string Currency, long Net, long Fee);

/// <summary>Whether the event behind a transaction is known here, and by which journal it is, or will be, booked.</summary>
/// <param name="Key">null when there will be none: the transactions of this source cancel out.</param>
internal sealed record KnownSource(JournalKey? Key);

/// <summary>A difference between the two sides.</summary>
internal sealed record FoundBreak(BreakKind Kind, string Subject, string Currency, long? Ours, long? Theirs, string Detail);

/// <summary>Compares the provider's transactions with our journals, from values alone.</summary>
internal static class Matching
{
    /// <summary>How long the two sides may differ because one of them is a moment ahead.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromHours(2);

    /// <summary>The type of what comes back of a transfer.</summary>
    public const string TransferReversal = "transfer_refund";

    /// <summary>Fees the provider takes apart from a payment.</summary>
    public static bool IsOwnFee(string type) => type is "stripe_fee" or "stripe_fx_fee" or "tax_fee";

    public static bool IsPayout(string type) => type == "payout";

    public static bool IsReturnedPayout(string type) => type is "payout_failure" or "payout_cancel";

    /// <summary>The differences of transactions that are there.</summary>
    /// <param name="sources">By transaction; none for what is not ours.</param>
    public static IEnumerable<FoundBreak> Compare(
        IEnumerable<PspTransaction> transactions,
        IReadOnlyDictionary<string, KnownSource> sources,
        IReadOnlyDictionary<JournalKey, BookedJournal> journals,
        DateTimeOffset now
    )
    {
        foreach (PspTransaction one in transactions)
        {
            if (sources.GetValueOrDefault(one.Id) is not { } known)
            {
                if (one.CreatedAt < now - Grace)
                    yield return new FoundBreak(
                        BreakKind.Foreign,
                        one.Id,
                        one.Currency,
                        null,
                        one.Net,
                        $"{one.Type} {one.Source} is nothing of ours"
                    );
                continue;
            }
            if (known.Key is not { } key)
                continue;
            if (journals.GetValueOrDefault(key) is not { } booked)
            {
                if (one.CreatedAt < now - Grace)
                    yield return new FoundBreak(
                        BreakKind.Foreign,
                        one.Id,
                        one.Currency,
                        null,
                        one.Net,
                        $"{one.Type} {one.Source} is known and not booked as {key.Source}/{key.Key}"
                    );
                continue;
            }
            // A fee apart from any payment is an amount over there and a fee here.
            long fee = IsOwnFee(one.Type) ? -one.Net : one.Fee;
            if (booked.Currency != one.Currency || booked.Net != one.Net || booked.Fee != fee)
                yield return new FoundBreak(
                    BreakKind.Amount,
                    one.Id,
                    one.Currency,
                    booked.Net,
                    one.Net,
                    $"{one.Type} {one.Source}: {one.Net} after a fee of {one.Fee} {one.Currency} there, {booked.Net} after {booked.Fee} {booked.Currency} in {booked.JournalId}"
                );
        }
    }

    /// <summary>What the provider says differently than before, and what it no longer says.</summary>
    /// <param name="before">What was kept of the same stretch of time.</param>
    public static IEnumerable<FoundBreak> Compare(IReadOnlyCollection<PspTransaction> now, IEnumerable<PspTransaction> before)
    {
        var byId = now.ToDictionary(t => t.Id, StringComparer.Ordinal);
        foreach (PspTransaction kept in before)
        {
            if (!byId.TryGetValue(kept.Id, out PspTransaction? said))
                yield return new FoundBreak(
                    BreakKind.Vanished,
                    kept.Id,
                    kept.Currency,
                    kept.Net,
                    null,
                    $"{kept.Type} {kept.Source} of {kept.CreatedAt:u} is not listed any more"
                );
            else if (
                (said.Type, said.Source, said.Currency, said.Amount, said.Fee)
                != (kept.Type, kept.Source, kept.Currency, kept.Amount, kept.Fee)
            )
                yield return new FoundBreak(
                    BreakKind.Changed,
                    kept.Id,
                    kept.Currency,
                    kept.Net,
                    said.Net,
                    $"was {kept.Type} {kept.Source} {kept.Amount} fee {kept.Fee} {kept.Currency}, is {said.Type} {said.Source} {said.Amount} fee {said.Fee} {said.Currency}"
                );
        }
    }
}
