using System.Security.Cryptography;
using System.Text.Json;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Orders.Data;
using Marketplace.Orders.Domain;
using Marketplace.Orders.Features.Purchase;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Scheduling;
using Marketplace.Scheduling.Model;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>Request → decision → price → capacity held → firm quote.</summary>
internal sealed class RequestQuote(
    MarketplaceDbContext db,
    ActorContext actor,
    IParties parties,
    IMarketCatalog catalog,
    IOffers offers,
    ICapacity capacity,
    RecipeReader recipes,
    Planner planner,
    IdFactory ids,
    TimeProvider time,
    IChangeFeed changes,
    IOptions<OrdersOptions> options
)
{
    private static readonly WorkloadRequestValidator Validator = new();

    public async Task<Outcome<Quote>> HandleAsync(WorkloadRequest request, string idempotencyKey, bool hold, CancellationToken ct)
    {
        string hash = Hash(request);
        if (hold && await EarlierAsync(idempotencyKey, hash, ct) is { } earlier)
            return earlier;
        var prepared = await PrepareAsync(request, ct);
        if (!prepared.IsOk)
            return prepared.Problem;
        var (recipe, currency) = prepared.Value;
        Outcome<Quote> last = Problem.Conflict("capacity-taken", "Others took the capacity while this was planned. Ask again.");
        for (int attempt = 1; attempt <= options.Value.PlanAttempts; attempt++)
        {
            var planned = await PlanAsync(request, recipe, currency, ct);
            if (!planned.IsOk)
                return planned.Problem;
            Quote quote = Draft(request, idempotencyKey, hash, planned.Value.Plan, planned.Value.Alternatives);
            if (!hold)
                return quote;
            last = await db.InTransactionAsync(t => StoreOnceAsync(quote, hash, t), ct, commitWhen: o => o.IsOk);
            // Somebody was faster: plan again on what is left.
            if (last.IsOk || last.Problem.Code != "capacity-taken")
                return last;
        }
        return last;
    }

    public static string Hash(WorkloadRequest request) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request, OrdersJson.Options)));

    /// <summary>Checks who asks and what, and reads the bundle.</summary>
    public async Task<Outcome<(Recipe Recipe, string Currency)>> PrepareAsync(WorkloadRequest request, CancellationToken ct)
    {
        if (actor.Current.Check(Permission.OrdersWrite) is { } refused)
            return refused;
        if (Validator.Check(request) is { } invalid)
            return invalid;
        PartyView? customer = await parties.FindAsync(actor.Current.PartyId, ct);
        if (customer is null || customer.State != PartyState.Approved)
            return Problem.Forbidden("Your organisation is not approved to trade yet. The network desk decides about it.");
        var recipe = await recipes.ReadAsync(request, ct);
        return recipe.Map(r => (r, request.Currency ?? customer.Currency));
    }

    private async Task<Quote?> FindByKeyAsync(string idempotencyKey, CancellationToken ct) =>
        await db.Set<Quote>().FirstOrDefaultAsync(q => q.PartyId == actor.Current.PartyId && q.IdempotencyKey == idempotencyKey, ct);

    private async Task<Outcome<Quote>?> EarlierAsync(string idempotencyKey, string hash, CancellationToken ct)
    {
        Quote? earlier = await FindByKeyAsync(idempotencyKey, ct);
        return earlier is null ? null
            : earlier.RequestHash == hash ? earlier
            : Problem.Invalid("", "This idempotency key was used for another request.", "Send a new key with a new request.") with
            {
                Code = "idempotency-key-reused",
            };
    }

    private async Task<Outcome<(QuotePlan Plan, IReadOnlyList<AlternativeView> Alternatives)>> PlanAsync(
        WorkloadRequest request,
        Recipe recipe,
        string currency,
        CancellationToken ct
    )
    {
        SupplySnapshot supply = await catalog.SnapshotAsync(new SnapshotFilter { Currency = currency, OfferId = request.OfferId }, ct);
        PlacementRequest placement = Planner.ToPlacement("quote", request, recipe, currency);
        Decision decision = Scheduler.Decide(supply, placement);
        if (decision is Refused refused)
            return Refusals.ToProblem(refused);
        var placed = (Placed)decision;
        var plan = await PriceAsync(request, recipe, placed, currency, ct);
        if (!plan.IsOk)
            return plan.Problem;
        return (plan.Value, await AlternativesAsync(request, recipe, supply, placement, placed, TotalOf(plan.Value, currency), ct));
    }

    /// <summary>Prices a decision and checks the request's budget.</summary>
    public async Task<Outcome<QuotePlan>> PriceAsync(
        WorkloadRequest request,
        Recipe recipe,
        Placed placed,
        string currency,
        CancellationToken ct
    )
    {
        var plan = await planner.PriceAsync(request, recipe, placed, await OffersOfAsync(placed, ct), ct);
        if (!plan.IsOk)
            return plan;
        Money total = TotalOf(plan.Value, currency);
        if (request.MaxTotal is not { } max || total.Amount <= max)
            return plan;
        return new Problem(
            ProblemKind.Conflict,
            "over-budget",
            "Above your budget",
            $"The best placement costs {total} for {request.Hours:0.##} hours; your budget is {max:0.00} {currency}."
        )
        {
            Errors = [new FieldError("/maxTotal", $"The best placement costs {total}.", "Raise the budget, or buy fewer hours or cards.")],
        };
    }

    private async Task<IReadOnlyList<AlternativeView>> AlternativesAsync(
        WorkloadRequest request,
        Recipe recipe,
        SupplySnapshot supply,
        PlacementRequest placement,
        Placed chosen,
        Money total,
        CancellationToken ct
    )
    {
        Alternatives others = Scheduler.AlternativesTo(supply, placement, chosen);
        var views = new List<AlternativeView>(3);
        foreach (var (kind, other) in new[] { ("cheaper", others.Cheaper), ("faster", others.Faster), ("nearer", others.Nearer) })
        {
            if (other is null)
                continue;
            var named = await OffersOfAsync(other, ct);
            var plan = await planner.PriceAsync(request, recipe, other, named, ct);
            if (!plan.IsOk)
                continue;
            PlannedLine first = plan.Value.Lines[0];
            Money price = TotalOf(plan.Value, total.Currency.Code);
            views.Add(
                new AlternativeView(
                    kind,
                    first.Terms.OfferId,
                    first.OfferTitle,
                    first.SiteName,
                    first.Workload.DeviceModel,
                    price,
                    price - total,
                    first.PricePerWork,
                    other.Explanation.Candidates.Count > 0 ? $"{other.Score:0} of 100" : ""
                )
            );
        }
        return views;
    }

    private async Task<IReadOnlyDictionary<string, OfferView>> OffersOfAsync(Placed placed, CancellationToken ct)
    {
        var named = new Dictionary<string, OfferView>(StringComparer.Ordinal);
        foreach (string offerId in placed.Roles.Select(r => r.OfferId!).Distinct(StringComparer.Ordinal))
            named[offerId] =
                await offers.FindAsync(offerId, ct)
                ?? throw new InvalidOperationException($"Offer {offerId} is in the snapshot but not in the market.");
        return named;
    }

    public static Money TotalOf(QuotePlan plan, string currency) =>
        new(plan.Lines.Sum(l => checked(l.NetMicros + l.TaxMicros)), Currency.Parse(currency));

    public Quote Draft(
        WorkloadRequest request,
        string idempotencyKey,
        string hash,
        QuotePlan plan,
        IReadOnlyList<AlternativeView> alternatives
    )
    {
        DateTimeOffset now = time.GetUtcNow();
        return new Quote
        {
            Id = ids.New(IdPrefix.Quote),
            PartyId = actor.Current.PartyId,
            Name = request.Name,
            IdempotencyKey = idempotencyKey,
            RequestHash = hash,
            Request = request,
            Plan = plan,
            Alternatives = alternatives,
            Currency = plan.Lines[0].Terms.Currency,
            NetMicros = plan.Lines.Sum(l => l.NetMicros),
            TaxMicros = plan.Lines.Sum(l => l.TaxMicros),
            CreatedAt = now,
            ExpiresAt = now + options.Value.QuoteTtl,
        };
    }

    // The key may have been used since it was looked for.
    private async Task<Outcome<Quote>> StoreOnceAsync(Quote quote, string hash, CancellationToken ct)
    {
        await db.LockKeyAsync("quote", quote.PartyId, quote.IdempotencyKey, ct);
        return await EarlierAsync(quote.IdempotencyKey, hash, ct) ?? await StoreAsync(quote, ct);
    }

    /// <summary>Holds the plan's capacity and stores the quote; call inside a transaction.</summary>
    public async Task<Outcome<Quote>> StoreAsync(Quote quote, CancellationToken ct)
    {
        for (int i = 0; i < quote.Plan.Lines.Count; i++)
        {
            PlannedLine line = quote.Plan.Lines[i];
            var held = await capacity.HoldAsync(
                Quote.HoldReference(quote.Id, i + 1),
                [new CapacityRequest(line.Terms.ListingId, line.CardMilli, line.Grants)],
                quote.ExpiresAt,
                ct
            );
            if (held.IsOk)
                continue;
            // Inside a caller's transaction nothing is rolled back here: give back what the earlier lines hold.
            for (int taken = i; taken > 0; taken--)
                await capacity.ReleaseAsync(Quote.HoldReference(quote.Id, taken), ct);
            return held.Problem;
        }
        db.Add(quote);
        db.Audit("quote.issued", "quote", quote.Id, quote.Name);
        changes.Announce($"party:{quote.PartyId}");
        changes.Announce($"quote:{quote.Id}");
        await db.SaveChangesAsync(ct);
        return quote;
    }
}
