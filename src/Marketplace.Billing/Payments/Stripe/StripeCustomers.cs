using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Data;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>Who a party is at Stripe: one customer each, made when it is first needed.</summary>
internal sealed class StripeCustomers(MarketplaceDbContext db, StripeClient stripe, IPartyNames names, TimeProvider time)
{
    /// <summary>Keys may be forgotten after 24 hours; an hour before that they are not relied on any more.</summary>
    public static readonly TimeSpan KeysLive = TimeSpan.FromHours(23);

    /// <summary>The party's customer, if it has one already.</summary>
    public async Task<string?> FindAsync(string partyId, CancellationToken ct) => (await RowAsync(partyId, ct))?.Reference;

    /// <summary>The party's customer, made if need be; null when Stripe's answer is not known.</summary>
    public async Task<string?> ReferenceAsync(string partyId, CancellationToken ct)
    {
        if (await RowAsync(partyId, ct) is { Reference: { } known })
            return known;
        // The intent is committed before the call.
        DateTimeOffset now = time.GetUtcNow();
        await db.Database.ExecuteSqlAsync(
            $"insert into billing.psp_customer (party_id, created_at) values ({partyId}, {now}) on conflict (party_id) do nothing",
            ct
        );
        var row = (await RowAsync(partyId, ct))!.Value;
        if (row.Reference is { } meanwhile)
            return meanwhile;
        if (row.CreatedAt < now - KeysLive)
        {
            var found = await stripe.SearchCustomersAsync(partyId, ct);
            if (!found.IsOk)
                return null;
            if (found.Must().Data is [{ } first, ..])
                return await KeepAsync(partyId, first.Id, ct);
        }
        string? name = await names.NameAsync(partyId, ct);
        var made = await stripe.CreateCustomerAsync(partyId, name, $"customer/{partyId}/{row.Attempt}", ct);
        if (made.Error is { IsUnknown: false } wrong)
            throw wrong.ToBug();
        // A customer that was made and whose answer was lost holds nothing: another one beside it does no harm.
        if (made.Error is { IsKept: true })
            await db.Database.ExecuteSqlAsync(
                $"update billing.psp_customer set attempt = {row.Attempt} + 1 where party_id = {partyId} and attempt = {row.Attempt}",
                ct
            );
        return made.IsOk ? await KeepAsync(partyId, made.Must().Id, ct) : null;
    }

    /// <summary>The party of a customer; null for one that is not ours.</summary>
    public async Task<string?> PartyAsync(string customer, CancellationToken ct) =>
        (
            await db.ReadAsync("select party_id from billing.psp_customer where reference = $1", r => r.GetString(0), ct, customer)
        ).SingleOrDefault();

    private async Task<string> KeepAsync(string partyId, string reference, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync(
            $"update billing.psp_customer set reference = {reference} where party_id = {partyId} and reference is null",
            ct
        );
        return (await RowAsync(partyId, ct))!.Value.Reference!;
    }

    private async Task<(string? Reference, int Attempt, DateTimeOffset CreatedAt)?> RowAsync(string partyId, CancellationToken ct)
    {
        var rows = await db.ReadAsync(
            "select reference, attempt, created_at from billing.psp_customer where party_id = $1",
            r => (r.TextOrNull(0), r.GetInt32(1), r.Instant(2)),
            ct,
            partyId
        );
        return rows.Count == 0 ? null : rows[0];
    }
}
