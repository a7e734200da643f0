using Marketplace.Billing.Data;
using Npgsql;

namespace Marketplace.Billing.Ledger;

/// <summary>A journal with its id, and who has it posted.</summary>
internal readonly record struct SignedDraft(JournalDraft Draft, string Who);

/// <summary>The one caller of <c>billing.post</c> and <c>billing.post_one</c>: any number of journals is one statement.</summary>
internal static class PostingCall
{
    private const string PostSql =
        "select posted_ordinal, posted_journal, posted_status from billing.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

    private const string PostOneSql =
        "select posted_ordinal, posted_journal, posted_status from billing.post_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

    /// <summary>Runs the call as the batch's only statement. Outside a transaction it is one of its own and commits as it runs.</summary>
    /// <returns>One result per journal, in order.</returns>
    public static async Task<IReadOnlyList<Posted>> RunAsync(NpgsqlBatch batch, IReadOnlyList<SignedDraft> journals, CancellationToken ct)
    {
        AddTo(batch, journals);
        // To parse and plan the call anew costs a single journal a tenth of the whole. What is prepared is the call of a function with columns of
        // its own: a migration may replace the function under a running replica.
        await batch.PrepareAsync(ct);
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct);
        return await ResultsAsync(reader, journals.Count, ct);
    }

    public static void AddTo(NpgsqlBatch batch, IReadOnlyList<SignedDraft> journals)
    {
        var accounts = new Dictionary<AccountRef, int>();
        var legs = new LegColumns(journals.Sum(j => j.Draft.Legs.Count));
        for (int i = 0; i < journals.Count; i++)
        {
            foreach (LegDraft leg in journals[i].Draft.Legs)
                legs.Add(i + 1, Ordinal(accounts, leg.Debit), Ordinal(accounts, leg.Credit), leg);
        }
        if (journals is [var only])
            AddOne(batch, only, accounts.Keys, legs);
        else
            AddMany(batch, journals, accounts.Keys, legs);
    }

    public static async Task<IReadOnlyList<Posted>> ResultsAsync(NpgsqlDataReader reader, int count, CancellationToken ct)
    {
        var results = await reader.RowsAsync(
            r => new Posted(r.GetString(1), Enum.Parse<PostedStatus>(r.GetString(2), ignoreCase: true)),
            ct
        );
        return results.Count == count
            ? results
            : throw new InvalidOperationException($"{count} journals were sent and {results.Count} came back.");
    }

    private static void AddMany(
        NpgsqlBatch batch,
        IReadOnlyList<SignedDraft> journals,
        IReadOnlyCollection<AccountRef> accounts,
        LegColumns legs
    ) =>
        batch.Add(
            PostSql,
            Column(accounts, a => a.Kind),
            Column(accounts, a => a.Qualifier),
            Column(accounts, a => a.Currency),
            Column(journals, j => j.Draft.Id),
            Column(journals, j => j.Draft.Kind),
            Column(journals, j => j.Draft.Source),
            Column(journals, j => j.Draft.Key),
            Column(journals, j => j.Draft.RequestHash()),
            Column(journals, j => j.Draft.EffectiveAt.ToUniversalTime()),
            Column(journals, j => j.Draft.GroupId),
            Column(journals, j => j.Draft.ReversesId),
            Column(journals, j => j.Who),
            Column(journals, j => j.Draft.Reason),
            legs.Journals.ToArray(),
            legs.Debits.ToArray(),
            legs.Credits.ToArray(),
            legs.Amounts.ToArray(),
            legs.Holds.ToArray()
        );

    private static void AddOne(NpgsqlBatch batch, SignedDraft journal, IReadOnlyCollection<AccountRef> accounts, LegColumns legs) =>
        batch.Add(
            PostOneSql,
            Column(accounts, a => a.Kind),
            Column(accounts, a => a.Qualifier),
            Column(accounts, a => a.Currency),
            journal.Draft.Id,
            journal.Draft.Kind,
            journal.Draft.Source,
            journal.Draft.Key,
            journal.Draft.RequestHash(),
            journal.Draft.EffectiveAt.ToUniversalTime(),
            journal.Draft.GroupId,
            journal.Draft.ReversesId,
            journal.Who,
            journal.Draft.Reason,
            legs.Debits.ToArray(),
            legs.Credits.ToArray(),
            legs.Amounts.ToArray(),
            legs.Holds.ToArray()
        );

    private static int Ordinal(Dictionary<AccountRef, int> accounts, AccountRef account)
    {
        if (!accounts.TryGetValue(account, out int ordinal))
            accounts.Add(account, ordinal = accounts.Count + 1);
        return ordinal;
    }

    private static TValue[] Column<TRow, TValue>(IReadOnlyCollection<TRow> rows, Func<TRow, TValue> value) => [.. rows.Select(value)];

    private sealed class LegColumns(int capacity)
    {
        public List<int> Journals { get; } = new(capacity);
        public List<int> Debits { get; } = new(capacity);
        public List<int> Credits { get; } = new(capacity);
        public List<long> Amounts { get; } = new(capacity);
        public List<string?> Holds { get; } = new(capacity);

        public void Add(int journal, int debit, int credit, LegDraft leg)
        {
            Journals.Add(journal);
            Debits.Add(debit);
            Credits.Add(credit);
            Amounts.Add(leg.Micros);
            Holds.Add(leg.Hold);
        }
    }
}
