using Marketplace.Billing.Contracts;
using Marketplace.Billing.CreditLines;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Npgsql;

namespace Marketplace.Billing.Ledger;

/// <summary>Many holds of one customer at once, as a bulk order needs them: the wallet is locked and read once, and all are posted together.</summary>
internal sealed class ManyHolds(MarketplaceDbContext db, Holds holds, LedgerWriter writer, Lending lending, TimeProvider time)
{
    /// <summary>Call inside a transaction.</summary>
    /// <exception cref="ArgumentException">The holds are in several currencies.</exception>
    public async Task<IReadOnlyList<Problem?>> PlaceAsync(string customerId, IReadOnlyList<HoldGroup> groups, CancellationToken ct)
    {
        List<HoldRequest> all = [.. groups.SelectMany(g => g.Holds)];
        if (all.Count == 0)
            return new Problem?[groups.Count];
        Currency currency = all[0].Amount.Currency;
        if (all.Exists(h => h.Amount.Currency != currency))
            throw new ArgumentException("Holds placed together are in one currency.", nameof(groups));
        LockedWallet wallet = await holds.LockWalletAsync(customerId, currency, ct);
        var there = (await holds.FindManyAsync([.. all.Select(h => h.Reference)], ct)).ToDictionary(
            h => h.Reference,
            StringComparer.Ordinal
        );
        var whole = new Money(all.Aggregate(0L, (sum, h) => checked(sum + h.Amount.Micros)), currency);
        if (HoldRules.Missing(wallet, whole) is not null)
            wallet = wallet with { Line = (await lending.OfAsync(customerId, currency, ct)).Left };
        DateTimeOffset now = time.GetUtcNow();
        HoldPlan plan = HoldPlan.Make(customerId, groups, wallet, there, now);
        if (plan.Opened.Count > 0)
        {
            await using NpgsqlBatch batch = db.WritingBatch();
            Holds.OpenMany(batch, customerId, currency, plan.Opened, now);
            if (plan.Journals.Count > 0)
                writer.AddTo(batch, plan.Journals);
            await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct);
            if (plan.Journals.Count > 0)
            {
                await reader.NextResultAsync(ct);
                var posted = await PostingCall.ResultsAsync(reader, plan.Journals.Count, ct);
                int reused = posted.ToList().FindIndex(p => p.Status == PostedStatus.Conflict);
                if (reused >= 0)
                    throw LedgerWriter.KeyReused(plan.Journals[reused]);
            }
        }
        return plan.Problems;
    }
}

/// <summary>Which of many holds the credit covers, one after another, and the journals that place them. Pure.</summary>
internal sealed record HoldPlan(IReadOnlyList<Problem?> Problems, IReadOnlyList<HoldRequest> Opened, IReadOnlyList<JournalDraft> Journals)
{
    public static HoldPlan Make(
        string customerId,
        IReadOnlyList<HoldGroup> groups,
        LockedWallet wallet,
        IReadOnlyDictionary<string, HoldRow> there,
        DateTimeOffset now
    )
    {
        var problems = new Problem?[groups.Count];
        List<HoldRequest> opened = [];
        List<JournalDraft> journals = [];
        for (int i = 0; i < groups.Count; i++)
        {
            var (before, openedBefore, journalsBefore) = (wallet, opened.Count, journals.Count);
            foreach (HoldRequest hold in groups[i].Holds)
            {
                if (there.TryGetValue(hold.Reference, out HoldRow? known))
                    problems[i] = HoldRules.Repeated(known, customerId, hold);
                else if (HoldRules.Missing(wallet, hold.Amount) is { } missing)
                    problems[i] = missing;
                else
                {
                    var (promo, available, advance) = wallet.For(hold.Amount.Micros);
                    Money Of(long micros) => new(micros, hold.Amount.Currency);
                    wallet = wallet.Without(hold.Amount.Micros);
                    opened.Add(hold);
                    if (advance > 0)
                        journals.Add(Postings.Advance(hold.Reference, customerId, Of(advance), hold.Reference, now));
                    if (!hold.Amount.IsZero)
                        journals.Add(Postings.Hold(hold.Reference, customerId, Of(promo), Of(available), hold.Reference, now));
                }
                if (problems[i] is not null)
                    break;
            }
            if (problems[i] is null)
                continue;
            // The group takes nothing: the next one finds the credit as it was.
            wallet = before;
            opened.RemoveRange(openedBefore, opened.Count - openedBefore);
            journals.RemoveRange(journalsBefore, journals.Count - journalsBefore);
        }
        return new HoldPlan(problems, opened, journals);
    }
}

/// <summary>What is said of a hold that cannot be placed. Pure.</summary>
internal static class HoldRules
{
    /// <returns>null when the same hold is there already.</returns>
    public static Problem? Repeated(HoldRow there, string customerId, HoldRequest again) =>
        there.PartyId == customerId && there.OpenedMicros == again.Amount.Micros && there.Currency == again.Amount.Currency
            ? null
            : Problem.Conflict("hold-exists", $"'{again.Reference}' already holds another amount. Use a new reference.");

    public static Problem? Missing(LockedWallet wallet, Money amount)
    {
        long have = checked(wallet.Available + wallet.Promo + wallet.Line);
        if (have >= amount.Micros)
            return null;
        var missing = new Money(amount.Micros - have, amount.Currency);
        string detail = $"This needs {amount} and you have {new Money(have, amount.Currency)} of credit: {missing} is missing.";
        return new Problem(ProblemKind.PaymentRequired, "insufficient-funds", "Not enough credit", detail)
        {
            Errors = [new FieldError("", detail, $"Add at least {missing} of credit and send it again.")],
        };
    }
}
