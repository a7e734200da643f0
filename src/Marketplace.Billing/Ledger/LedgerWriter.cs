using Marketplace.Billing.Data;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Parties;
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

/// <summary>Posts journals in somebody's name. Any number of journals is one round trip.</summary>
internal sealed class LedgerWriter(MarketplaceDbContext db, GroupPosting groups, IdFactory ids, ActorContext actor, IChangeFeed changes)
{
    /// <summary>Gives a journal its id, for whoever must refer to it before it is posted.</summary>
    public JournalDraft Identify(JournalDraft draft) => draft.Id.Length > 0 ? draft : draft with { Id = ids.New(IdPrefix.Journal) };

    /// <summary>
    /// Posts now, in the open transaction. Without one the posting is committed when this returns, in a transaction of its own or one it shares
    /// with others who ask at the same time (<see cref="GroupPosting"/>): whoever spends is locked for as long as the server needs and no longer.
    /// </summary>
    /// <returns>One result per draft, in order.</returns>
    public async Task<IReadOnlyList<Posted>> PostAsync(IReadOnlyList<JournalDraft> drafts, CancellationToken ct)
    {
        if (drafts.Count == 0)
            return [];
        SignedDraft[] journals = Sign(drafts);
        if (!db.HasTransaction)
        {
            var posted = journals is [var only] ? [await groups.PostAsync(only, ct)] : await groups.PostTogetherAsync(journals, ct);
            changes.AnnounceCommitted(Topics(drafts));
            return posted;
        }
        await using NpgsqlBatch batch = db.WritingBatch();
        Announce(drafts);
        return await PostingCall.RunAsync(batch, journals, ct);
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
        PostingCall.AddTo(batch, Sign(drafts));
        Announce(drafts);
    }

    public static InvalidOperationException KeyReused(JournalDraft draft) =>
        new($"Another journal was posted under {draft.Source}/{draft.Key}.");

    private SignedDraft[] Sign(IReadOnlyList<JournalDraft> drafts)
    {
        string who = Who(actor.Current);
        return [.. drafts.Select(d => new SignedDraft(Identify(d), who))];
    }

    private void Announce(IReadOnlyList<JournalDraft> drafts)
    {
        foreach (string topic in Topics(drafts))
            changes.Announce(topic);
    }

    private static HashSet<string> Topics(IReadOnlyList<JournalDraft> drafts)
    {
        var topics = new HashSet<string>(StringComparer.Ordinal) { "ledger" };
        foreach (LegDraft leg in drafts.SelectMany(d => d.Legs))
        {
            foreach (AccountRef account in (ReadOnlySpan<AccountRef>)[leg.Debit, leg.Credit])
            {
                if (Chart.OfParties.Contains(account.Kind))
                    topics.Add($"party:{account.Qualifier}");
            }
        }
        return topics;
    }

    private static string Who(Actor actor) => actor.IsSystem ? "system" : actor.UserId ?? actor.CredentialId ?? actor.PartyId;
}
