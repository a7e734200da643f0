using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>A party's account at Stripe as last heard of.</summary>
/// <param name="Reference">null until Stripe has answered.</param>
/// <param name="WantedCurrency">The currency whose payouts go there as soon as it is ready; null when that is done.</param>
internal sealed record ConnectAccount(
    string PartyId,
    string? Reference,
    string Country,
    bool ChargesEnabled,
    bool PayoutsEnabled,
    bool TransfersActive,
    bool IsSubmitted,
    IReadOnlyList<string> CurrentlyDue,
    string? DisabledReason,
    string? WantedCurrency,
    string StartedBy,
    int Attempt,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt
)
{
    /// <summary>Money can be sent there, and goes on from there to its bank.</summary>
    public bool IsReady => Reference is not null && IsSubmitted && PayoutsEnabled && TransfersActive;
}

/// <summary>Rows of <c>billing.connect_account</c>. It is keyed by party: whoever calls says whose.</summary>
internal sealed class ConnectAccountStore(MarketplaceDbContext db, TimeProvider time)
{
    private const string Columns = """
        party_id, reference, country, charges_enabled, payouts_enabled, transfers_active, details_submitted, currently_due, disabled_reason,
        wanted_currency, started_by, attempt, created_at, updated_at
        """;

    public async Task<ConnectAccount?> FindAsync(string partyId, CancellationToken ct) =>
        (await db.ReadAsync($"select {Columns} from billing.connect_account where party_id = $1", Read, ct, partyId)).SingleOrDefault();

    public async Task<ConnectAccount?> ByReferenceAsync(string reference, CancellationToken ct) =>
        (await db.ReadAsync($"select {Columns} from billing.connect_account where reference = $1", Read, ct, reference)).SingleOrDefault();

    /// <summary>The intent, before any call. Another country before the account is known is another request, and takes another key.</summary>
    public async Task<ConnectAccount> IntendAsync(string partyId, string currency, string country, string by, CancellationToken ct)
    {
        DateTimeOffset now = time.GetUtcNow();
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into billing.connect_account as a (party_id, country, wanted_currency, started_by, created_at, updated_at)
            values ({partyId}, {country}, {currency}, {by}, {now}, {now})
            on conflict (party_id) do update set wanted_currency = excluded.wanted_currency, started_by = excluded.started_by,
                country = case when a.reference is null then excluded.country else a.country end,
                attempt = a.attempt + case when a.reference is null and a.country <> excluded.country then 1 else 0 end
            """,
            ct
        );
        return (await FindAsync(partyId, ct))!;
    }

    /// <summary>The same key would only ever give the same error.</summary>
    public Task NextAttemptAsync(ConnectAccount of, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync(
            $"update billing.connect_account set attempt = {of.Attempt} + 1 where party_id = {of.PartyId} and attempt = {of.Attempt}",
            ct
        );

    /// <summary>Keeps which account it is. The first that is known stays; another one beside it holds nothing.</summary>
    public async Task<string> KeepAsync(string partyId, string reference, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync(
            $"update billing.connect_account set reference = {reference} where party_id = {partyId} and reference is null",
            ct
        );
        return (await FindAsync(partyId, ct))!.Reference!;
    }

    /// <summary>Keeps how it stands.</summary>
    public Task WriteAsync(StripeAccount account, CancellationToken ct)
    {
        string[] due = [.. account.Requirements?.CurrentlyDue ?? []];
        return db.Database.ExecuteSqlAsync(
            $"""
            update billing.connect_account
            set charges_enabled = {account.ChargesEnabled}, payouts_enabled = {account.PayoutsEnabled},
                transfers_active = {account.Capabilities?.Transfers == "active"}, details_submitted = {account.DetailsSubmitted},
                currently_due = {due}, disabled_reason = {account.Requirements?.DisabledReason}, updated_at = {time.GetUtcNow()}
            where reference = {account.Id}
            """,
            ct
        );
    }

    public Task UsedAsync(string partyId, CancellationToken ct) =>
        db.Database.ExecuteSqlAsync($"update billing.connect_account set wanted_currency = null where party_id = {partyId}", ct);

    private static ConnectAccount Read(NpgsqlDataReader r) =>
        new(
            r.GetString(0),
            r.TextOrNull(1),
            r.GetString(2),
            r.GetBoolean(3),
            r.GetBoolean(4),
            r.GetBoolean(5),
            r.GetBoolean(6),
            r.GetFieldValue<string[]>(7),
            r.TextOrNull(8),
            r.TextOrNull(9),
            r.GetString(10),
            r.GetInt32(11),
            r.Instant(12),
            r.Instant(13)
        );
}
