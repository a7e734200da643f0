using System.Text.Json;
using Marketplace.Billing.Contracts;
using Marketplace.Billing.Data;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payouts;

/// <summary>Where payouts go. Encrypted at rest; read in clear only to pay and to write the bank's file.</summary>
internal sealed class Destinations(
    MarketplaceDbContext db,
    ActorContext actor,
    IDataProtectionProvider protection,
    IOutbox outbox,
    IChangeFeed changes,
    IdFactory ids,
    IOptions<PayoutOptions> options,
    TimeProvider time
)
{
    private const PartyKinds Earning = PartyKinds.Center | PartyKinds.Operator;
    private readonly IDataProtector protector = protection.CreateProtector("billing.payout-destination");

    /// <summary>The newest counts, also while it cools off: nothing goes to the one before any more.</summary>
    public Task<PayoutDestinationRow?> NewestAsync(string partyId, Currency currency, CancellationToken ct) =>
        db.Set<PayoutDestinationRow>()
            .AsNoTracking()
            .Where(d => d.PartyId == partyId && d.Currency == currency.Code)
            .OrderByDescending(d => d.Id)
            .FirstOrDefaultAsync(ct);

    public PayoutDestination Open(PayoutDestinationRow row) =>
        JsonSerializer.Deserialize<PayoutDestination>(protector.Unprotect(row.Protected))
        ?? throw new InvalidOperationException($"The payout destination {row.Id} is empty.");

    public async Task<Outcome<PayoutDestinationView>> SetAsync(Currency currency, PayoutDestination asked, CancellationToken ct)
    {
        Actor by = actor.Current;
        if (by.Check(Permission.MoneyWrite) is { } refused)
            return refused;
        if (by.PartyId.Length == 0 || (by.Kinds & Earning) == PartyKinds.None)
            return Problem.Forbidden("Payouts are made to centers and operators. Act for one.");
        if (by.Role < MemberRole.Owner || by.CredentialId is not null)
            return Problem.Forbidden("Only an owner of the organisation changes where its money goes, signed in to the portal.");
        PayoutDestination destination = DestinationRules.Normalize(asked);
        if (DestinationRules.Check(destination) is { Count: > 0 } errors)
            return Problem.Invalid(errors);
        return await db.InTransactionAsync(t => SaveAsync(by, currency, destination, t), ct);
    }

    private async Task<PayoutDestinationView> SaveAsync(Actor by, Currency currency, PayoutDestination destination, CancellationToken ct)
    {
        await db.TakeTurnAsync(PayoutStore.Turn(by.PartyId), ct);
        if (await NewestAsync(by.PartyId, currency, ct) is { } there && Open(there) == destination)
            return View(there);
        DateTimeOffset now = time.GetUtcNow();
        var row = new PayoutDestinationRow
        {
            Id = ids.New(IdPrefix.PayoutDestination),
            PartyId = by.PartyId,
            Currency = currency.Code,
            Protected = protector.Protect(JsonSerializer.Serialize(destination)),
            Mask = DestinationRules.Mask(destination),
            CreatedBy = PayoutStore.Who(by),
            CreatedAt = now,
            UsableFrom = now + options.Value.PayoutCoolingOff,
        };
        db.Add(row);
        db.Audit("payout.destination-changed", "organisation", by.PartyId, $"{currency} {row.Mask}");
        outbox.Publish(new PayoutDestinationChanged(by.PartyId, currency.Code, row.Mask, row.UsableFrom), by.PartyId);
        changes.Announce($"party:{by.PartyId}");
        changes.Announce(PayoutStore.Topic);
        return View(row);
    }

    public static PayoutDestinationView View(PayoutDestinationRow row) =>
        new(row.Id, Currency.Parse(row.Currency), row.Mask, row.CreatedAt, row.UsableFrom);
}
