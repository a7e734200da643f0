using Marketplace.Billing.Data;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Billing.Ledger;

internal enum PostedStatus
{
    /// <summary>Written now.</summary>
    Posted,

    /// <summary>Was there already, the same.</summary>
    Duplicate,

    /// <summary>The key was used for something else.</summary>
    Conflict,
}

internal sealed record Posted(string JournalId, PostedStatus Status);

/// <summary>Posts journals: the one caller of <c>billing.post</c> and <c>billing.post_one</c>. Any number of journals is one round trip.</summary>
internal sealed class LedgerWriter(MarketplaceDbContext db, IdFactory ids, ActorContext actor, IChangeFeed changes)
{
    private const string PostSql =
        "select posted_ordinal, posted_journal, posted_status from billing.post($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";

    private const string PostOneSql =
        "select posted_ordinal, posted_journal, posted_status from billing.post_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";

    /// <summary>Gives a journal its id, for whoever must refer to it before it is posted.</summary>
    public JournalDraft Identify(JournalDraft draft) => draft.Id.Length > 0 ? draft : draft with { Id = ids.New(IdPrefix.Journal) };

    /// <summary>
    /// Posts now, in the open transaction. Without one the posting is a transaction of its own in a single round trip: whoever spends is locked
    /// for as long as the server needs and no longer.
    /// </summary>
    /// <returns>One result per draft, in order.</returns>
    public async Task<IReadOnlyList<Posted>> PostAsync(IReadOnlyList<JournalDraft> drafts, CancellationToken ct)
    {
        if (drafts.Count == 0)
            return [];
        if (db.Database.CurrentTransaction is not null)
            return await RunAsync(db.WritingBatch(), drafts, ct);
        await db.Database.OpenConnectionAsync(ct);
        try
        {
            // Without a transaction around it a batch is one: all or nothing, and it commits as it runs.
            var posted = await RunAsync(new NpgsqlBatch((NpgsqlConnection)db.Database.GetDbConnection()), drafts, ct);
            // It is committed: whoever listens hears of it.
            await db.SaveChangesAsync(ct);
            return posted;
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }

    private async Task<IReadOnlyList<Posted>> RunAsync(NpgsqlBatch open, IReadOnlyList<JournalDraft> drafts, CancellationToken ct)
    {
        await using NpgsqlBatch batch = open;
        AddTo(batch, drafts);
        // To parse and plan the call anew costs a single journal a tenth of the whole. What is prepared is the call of a function with columns of
        // its own: a migration may replace the function under a running replica.
        if (drafts.Count == 1)
            await batch.PrepareAsync(ct);
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(ct);
        return await ResultsAsync(reader, drafts.Count, ct);
    }

    /// <summary>Posts one journal that cannot meet another under its key.</summary>
    public async Task<string> PostOneAsync(JournalDraft draft, CancellationToken ct)
    {
        Posted posted = (await PostAsync([draft], ct))[0];
        return posted.Status == PostedStatus.Conflict ? throw KeyReused(draft) : posted.JournalId;
    }

    /// <summary>Adds the posting to a batch of the caller, whose first result set it must be.</summary>
    public void AddTo(NpgsqlBatch batch, IReadOnlyList<JournalDraft> drafts)
    {
        var accounts = new Dictionary<AccountRef, int>();
        var legs = new LegColumns(drafts.Sum(d => d.Legs.Count));
        for (int i = 0; i < drafts.Count; i++)
        {
            foreach (LegDraft leg in drafts[i].Legs)
                legs.Add(i + 1, Ordinal(accounts, leg.Debit), Ordinal(accounts, leg.Credit), leg);
        }
        JournalDraft[] journals = [.. drafts.Select(Identify)];
        if (journals is [var only])
            AddOne(batch, only, accounts.Keys, legs);
        else
            AddMany(batch, journals, accounts.Keys, legs);
        changes.Announce("ledger");
        foreach (AccountRef account in accounts.Keys)
        {
            if (Chart.OfParties.Contains(account.Kind))
                changes.Announce($"party:{account.Qualifier}");
        }
    }

    private void AddMany(NpgsqlBatch batch, JournalDraft[] journals, IReadOnlyCollection<AccountRef> accounts, LegColumns legs)
    {
        string who = Who(actor.Current);
        batch.Add(
            PostSql,
            Column(accounts, a => a.Kind),
            Column(accounts, a => a.Qualifier),
            Column(accounts, a => a.Currency),
            Column(journals, j => j.Id),
            Column(journals, j => j.Kind),
            Column(journals, j => j.Source),
            Column(journals, j => j.Key),
            Column(journals, j => j.RequestHash()),
            Column(journals, j => j.EffectiveAt.ToUniversalTime()),
            Column(journals, j => j.GroupId),
            Column(journals, j => j.ReversesId),
            Column(journals, _ => who),
            Column(journals, j => j.Reason),
            legs.Journals.ToArray(),
            legs.Debits.ToArray(),
            legs.Credits.ToArray(),
            legs.Amounts.ToArray(),
            legs.Holds.ToArray()
        );
    }

    private void AddOne(NpgsqlBatch batch, JournalDraft journal, IReadOnlyCollection<AccountRef> accounts, LegColumns legs) =>
        batch.Add(
            PostOneSql,
            Column(accounts, a => a.Kind),
            Column(accounts, a => a.Qualifier),
            Column(accounts, a => a.Currency),
            journal.Id,
            journal.Kind,
            journal.Source,
            journal.Key,
            journal.RequestHash(),
            journal.EffectiveAt.ToUniversalTime(),
            journal.GroupId,
            journal.ReversesId,
            Who(actor.Current),
            journal.Reason,
            legs.Debits.ToArray(),
            legs.Credits.ToArray(),
            legs.Amounts.ToArray(),
            legs.Holds.ToArray()
        );

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

    public static InvalidOperationException KeyReused(JournalDraft draft) =>
        new($"Another journal was posted under {draft.Source}/{draft.Key}.");

    private static int Ordinal(Dictionary<AccountRef, int> accounts, AccountRef account)
    {
        if (!accounts.TryGetValue(account, out int ordinal))
            accounts.Add(account, ordinal = accounts.Count + 1);
        return ordinal;
    }

    private static TValue[] Column<TRow, TValue>(IReadOnlyCollection<TRow> rows, Func<TRow, TValue> value) => [.. rows.Select(value)];

    private static string Who(Actor actor) => actor.IsSystem ? "system" : actor.UserId ?? actor.CredentialId ?? actor.PartyId;

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
