using Marketplace.Billing.Contracts;
using Marketplace.Billing.Payouts;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.Extensions.Options;

namespace Marketplace.Billing.Payments.Stripe;

/// <summary>
/// Accounts of centers and operators at Stripe (Connect). The owner fills in Stripe's own form; what Stripe says of the account is kept, and once it can
/// be paid it becomes the party's payout destination, which cools off like any other.
/// </summary>
internal sealed class ConnectAccounts(
    StripeClient stripe,
    ConnectAccountStore store,
    Destinations destinations,
    MarketplaceDbContext db,
    ActorContext actor,
    IChangeFeed changes,
    IOptions<BillingOptions> options,
    TimeProvider time
) : IPayoutAccounts
{
    /// <summary>The destination's bank, for people.</summary>
    internal const string BankName = "Stripe";
    private static readonly string[] ReturnPaths = ["/center/payouts", "/operator/payouts"];

    public bool IsOffered => options.Value.Stripe.IsOn;

    public async Task<PayoutAccountView?> ReadAsync(Currency currency, CancellationToken ct) =>
        actor.Current.Check(Permission.MoneyRead) is null
        && await store.FindAsync(actor.Current.PartyId, ct) is { Reference: not null } known
            ? await ViewAsync(known, currency, ct)
            : null;

    public async Task<Outcome<PayoutAccountView>> RefreshAsync(Currency currency, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.MoneyRead) is { } refused)
            return refused;
        if (!IsOffered)
            return NotConnected();
        string party = actor.Current.PartyId;
        if (await store.FindAsync(party, ct) is not { Reference: { } reference })
            return Problem.NotFound("payout account", party);
        return await RefreshAsync(reference, ct)
            ? await ViewAsync((await store.FindAsync(party, ct))!, currency, ct)
            : StripePaymentMethods.Unavailable();
    }

    public async Task<Outcome<PayoutAccountStart>> StartAsync(Currency currency, string country, string returnPath, CancellationToken ct)
    {
        Actor by = actor.Current;
        if (Destinations.MayNotChange(by) is { } refused)
            return refused;
        if (!IsOffered)
            return NotConnected();
        string code = (country ?? "").Trim().ToUpperInvariant();
        if (code.Length != 2 || !code.All(char.IsAsciiLetterUpper))
            return Problem.Invalid(
                "/country",
                $"'{country}' is no country code.",
                "Enter the two letters of ISO 3166-1, for example CN or DE."
            );
        if (!ReturnPaths.Contains(returnPath))
            return Problem.Invalid("/returnPath", $"'{returnPath}' is no page of payouts.", $"Use {string.Join(" or ", ReturnPaths)}.");
        ConnectAccount row = await store.IntendAsync(by.PartyId, currency.Code, code, PayoutStore.Who(by), ct);
        var account = await ReferenceAsync(row, ct);
        if (!account.IsOk)
            return account.Problem;
        if (!await RefreshAsync(account.Value, ct))
            return StripePaymentMethods.Unavailable();
        row = (await store.FindAsync(by.PartyId, ct))!;
        PayoutAccountView view = await ViewAsync(row, currency, ct);
        if (row.IsReady && view.Requires.Count == 0)
            return new PayoutAccountStart(view, null);
        var page = new Uri(options.Value.Stripe.ReturnUrl, returnPath);
        var link = await stripe.CreateAccountLinkAsync(
            account.Value,
            new Uri(page + "?account=again"),
            new Uri(page + "?account=back"),
            // Each form is good for one visit, so each needs a key of its own.
            $"account-link/{account.Value}/{Guid.CreateVersion7(time.GetUtcNow())}",
            ct
        );
        if (link.Error is { } error)
            return error.IsUnknown ? StripePaymentMethods.Unavailable() : throw error.ToBug();
        return new PayoutAccountStart(view, new Uri(link.Must().Url));
    }

    /// <summary>Asks how an account stands and keeps the answer; one that was waited for becomes the destination once it can be paid.</summary>
    /// <returns>Whether it is one of ours and Stripe answered.</returns>
    public async Task<bool> RefreshAsync(string reference, CancellationToken ct)
    {
        var found = await stripe.GetAccountAsync(reference, ct);
        if (found.Error is { IsUnknown: false, IsMissing: false } wrong)
            throw wrong.ToBug();
        return found.IsOk && await db.InTransactionAsync(t => WriteAsync(found.Must(), t), ct);
    }

    private async Task<bool> WriteAsync(StripeAccount account, CancellationToken ct)
    {
        if (await store.ByReferenceAsync(account.Id, ct) is not { PartyId: var party })
            return false;
        await db.TakeTurnAsync(PayoutStore.Turn(party), ct);
        await store.WriteAsync(account, ct);
        ConnectAccount now = (await store.FindAsync(party, ct))!;
        if (now is { IsReady: true, WantedCurrency: { } wanted })
        {
            var destination = new PayoutDestination(party, account.Id, null, BankName);
            await destinations.AddAsync(party, Currency.Parse(wanted), destination, account.Id, now.StartedBy, ct);
            await store.UsedAsync(party, ct);
        }
        changes.Announce($"party:{party}");
        return true;
    }

    private async Task<Outcome<string>> ReferenceAsync(ConnectAccount row, CancellationToken ct)
    {
        if (row.Reference is { } known)
            return known;
        if (row.Attempt > 1 || row.CreatedAt < time.GetUtcNow() - StripeCustomers.KeysLive)
        {
            var (before, isKnown) = await LostAsync(row, ct);
            if (!isKnown)
                return StripePaymentMethods.Unavailable();
            if (before is not null)
                return await store.KeepAsync(row.PartyId, before, ct);
        }
        var made = await stripe.CreateAccountAsync(row.PartyId, row.Country, $"account/{row.PartyId}/{row.Attempt}", ct);
        if (made.IsOk)
            return await store.KeepAsync(row.PartyId, made.Must().Id, ct);
        if (made.Error is { IsUnknown: false, Type: not "idempotency_error", Status: 400 or 402 } refused)
        {
            await store.NextAttemptAsync(row, ct);
            return Problem.Invalid("/country", refused.Words, "Choose the country where the organisation is registered.");
        }
        if (made.Error is { IsUnknown: false } wrong)
            throw wrong.ToBug();
        if (made.Error!.IsKept)
            await store.NextAttemptAsync(row, ct);
        return StripePaymentMethods.Unavailable();
    }

    /// <summary>An account that was made and whose answer was lost, by our id in its metadata and the country asked for.</summary>
    private async Task<(string? Reference, bool IsKnown)> LostAsync(ConnectAccount row, CancellationToken ct)
    {
        string? after = null;
        while (true)
        {
            var page = await stripe.ListAccountsAsync(row.CreatedAt - TimeSpan.FromMinutes(10), after, ct);
            if (page.Error is { } error)
                return error.IsUnknown ? (null, false) : throw error.ToBug();
            var ours = page.Must()
                .Data.FirstOrDefault(a => a.Metadata?.GetValueOrDefault("party_id") == row.PartyId && a.Country == row.Country);
            if (ours is not null)
                return (ours.Id, true);
            if (!page.Must().HasMore)
                return (null, true);
            after = page.Must().Data[^1].Id;
        }
    }

    private async Task<PayoutAccountView> ViewAsync(ConnectAccount row, Currency currency, CancellationToken ct) =>
        new(
            row.Reference!,
            row.IsReady,
            row.IsSubmitted,
            row.ChargesEnabled,
            row.PayoutsEnabled,
            ConnectRequirements.Of(row.CurrentlyDue),
            row.DisabledReason,
            (await destinations.NewestAsync(row.PartyId, currency, ct))?.ConnectAccount == row.Reference,
            row.UpdatedAt
        );

    private static Problem NotConnected() =>
        Problem.Conflict("payments-not-connected", "No payment provider is connected. Set Billing:Stripe:SecretKey.");
}
