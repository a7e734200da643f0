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
        if (MayNotChange(by) is { } refused)
            return refused;
        PayoutDestination destination = DestinationRules.Normalize(asked);
        if (DestinationRules.Check(destination) is { Count: > 0 } errors)
            return Problem.Invalid(errors);
        return await db.InTransactionAsync(t => SaveAsync(by, currency, destination, t), ct);
    }

    /// <summary>Why an actor may not say where its party's money goes.</summary>
    public static Problem? MayNotChange(Actor by)
    {
        if (by.Check(Permission.MoneyWrite) is { } refused)
            return refused;
        if (by.PartyId.Length == 0 || (by.Kinds & Earning) == PartyKinds.None)
            return Problem.Forbidden("Payouts are made to centers and operators. Act for one.");
        if (by.Role < MemberRole.Owner || by.CredentialId is not null)
            return Problem.Forbidden("Only an owner of the organisation changes where its money goes, signed in to the portal.");
        return null;
    }

    private async Task<PayoutDestinationView> SaveAsync(Actor by, Currency currency, PayoutDestination destination, CancellationToken ct)
    {
        await db.TakeTurnAsync(PayoutStore.Turn(by.PartyId), ct);
        return await AddAsync(by.PartyId, currency, destination, null, PayoutStore.Who(by), ct);
    }

    /// <summary>Makes it the newest, in the open transaction and the party's turn; one that is the newest already stays as it is.</summary>
    /// <param name="connectAccount">The account at Stripe it stands for; null for a bank account.</param>
    public async Task<PayoutDestinationView> AddAsync(
        string partyId,
        Currency currency,
        PayoutDestination destination,
        string? connectAccount,
        string createdBy,
        CancellationToken ct
    )
    {
        if (await NewestAsync(partyId, currency, ct) is { } there && Open(there) == destination)
            return View(there);
        DateTimeOffset now = time.GetUtcNow();
        var row = new PayoutDestinationRow
        {
            Id = ids.New(IdPrefix.PayoutDestination),
            PartyId = partyId,
            Currency = currency.Code,
            Protected = protector.Protect(JsonSerializer.Serialize(destination)),
            Mask = DestinationRules.Mask(destination),
            ConnectAccount = connectAccount,
            CreatedBy = createdBy,
            CreatedAt = now,
            UsableFrom = now + options.Value.PayoutCoolingOff,
        };
        db.Add(row);
        db.Audit("payout.destination-changed", "organisation", partyId, $"{currency} {row.Mask}");
        outbox.Publish(new PayoutDestinationChanged(partyId, currency.Code, row.Mask, row.UsableFrom), partyId);
        changes.Announce($"party:{partyId}");
        changes.Announce(PayoutStore.Topic);
        return View(row);
    }

    public static PayoutDestinationView View(PayoutDestinationRow row) =>
        new(row.Id, Currency.Parse(row.Currency), row.Mask, row.CreatedAt, row.UsableFrom);
}
