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
using Marketplace.Platform.Projects;
using Marketplace.Platform.Text;
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
    ICapacity capacity,
    RecipeReader recipes,
    Planner planner,
    IProjects projects,
    PlacingTurn turn,
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
        if (!hold)
            return await PreviewAsync(request, idempotencyKey, hash, ct);
        var quote = await PlaceAsync(request, idempotencyKey, hash, compare: true, StoreOnceAsync, ct);
        // A twin of this request may have taken the capacity that this one was refused for.
        return quote.IsOk ? quote : await EarlierAsync(idempotencyKey, hash, ct) ?? quote;
    }

    private async Task<Outcome<Quote>> PreviewAsync(WorkloadRequest request, string idempotencyKey, string hash, CancellationToken ct)
    {
        var prepared = await PrepareAsync(request, ct);
        if (!prepared.IsOk)
            return prepared.Problem;
        var planned = await PlanAsync(request, prepared.Value.Recipe, prepared.Value.Currency, compare: true, ct);
        return planned.Map(p => Draft(request, idempotencyKey, hash, p.Plan, p.Alternatives, prepared.Value.ProjectId));
    }

    /// <summary>Decides, prices and takes the capacity; decides again, alone, when others took it first.</summary>
    /// <param name="compare">Also looks for alternatives: for a quote that somebody reads before it is accepted.</param>
    /// <param name="takeAsync">Takes the quote's capacity inside a transaction; may be called again when that starts over.</param>
    public async Task<Outcome<T>> PlaceAsync<T>(
        WorkloadRequest request,
        string idempotencyKey,
        string hash,
        bool compare,
        Func<Quote, CancellationToken, Task<Outcome<T>>> takeAsync,
        CancellationToken ct
    )
    {
        var prepared = await PrepareAsync(request, ct);
        if (!prepared.IsOk)
            return prepared.Problem;
        var (recipe, currency, project) = prepared.Value;
        // Planned before the transaction: while all goes well nobody waits for somebody else's decision.
        var early = await PlanAsync(request, recipe, currency, compare, ct);
        if (!early.IsOk)
            return early.Problem;
        for (int attempt = 1; ; attempt++)
        {
            var taken = await turn.TakeAsync(
                db,
                attempt,
                async t =>
                {
                    var planned = attempt == 1 ? early : await PlanAsync(request, recipe, currency, compare, t);
                    return planned.IsOk
                        ? await takeAsync(Draft(request, idempotencyKey, hash, planned.Value.Plan, planned.Value.Alternatives, project), t)
                        : planned.Problem;
                },
                o => o.IsOk,
                ct
            );
            if (taken.IsOk || taken.Problem.Code != "capacity-taken" || attempt == PlacingTurn.Attempts)
                return taken;
        }
    }

    public static string Hash(WorkloadRequest request) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request, OrdersJson.Options)));

    /// <summary>Checks who asks and what, and reads the bundle.</summary>
    public async Task<Outcome<(Recipe Recipe, string Currency, string? ProjectId)>> PrepareAsync(
        WorkloadRequest request,
        CancellationToken ct
    )
    {
        // What is wrong with the request is said before what is wrong with the customer, at no cost.
        if (actor.Current.Check(Permission.OrdersWrite) is { } refused)
            return refused;
        if (Validator.Check(request) is { } invalid)
            return invalid;
        var customer = await CustomerAsync(ct);
        if (!customer.IsOk)
            return customer.Problem;
        ProjectBook book = string.IsNullOrWhiteSpace(request.Project) ? ProjectBook.Empty : await projects.BookAsync(ct);
        return await PrepareAsync(request, customer.Value, bundles: null, book, ct);
    }

    /// <summary>Who asks, when it may trade.</summary>
    public async Task<Outcome<PartyView>> CustomerAsync(CancellationToken ct)
    {
        if (actor.Current.Check(Permission.OrdersWrite) is { } refused)
            return refused;
        PartyView? customer = await parties.FindAsync(actor.Current.PartyId, ct);
        return customer is { State: PartyState.Approved }
            ? customer
            : Problem.Forbidden("Your organisation is not approved to trade yet. The network desk decides about it.");
    }

    /// <summary>The same for one of many requests of a customer that is known already.</summary>
    /// <param name="book">The customer's projects, where a request names one.</param>
    /// <param name="bundles">Bundles filled for the requests before, for those that use the same.</param>
    public async Task<Outcome<(Recipe Recipe, string Currency, string? ProjectId)>> PrepareAsync(
        WorkloadRequest request,
        PartyView customer,
        FilledBundles? bundles,
        ProjectBook book,
        CancellationToken ct
    )
    {
        if (Validator.Check(request) is { } invalid)
            return invalid;
        var project = book.Resolve(request.Project);
        if (!project.IsOk)
            return project.Problem;
        string currency = request.Currency ?? customer.Currency;
        if (await OtherCurrencyAsync(request, currency, bundles, ct) is { } other)
            return other;
        var recipe = await recipes.ReadAsync(request, bundles, ct);
        return recipe.Map(r => (r, currency, project.Value?.Id));
    }

    // A contract is billed in its price book's currency, and nothing is converted: an offer in another one is never simply left out.
    private async Task<Problem?> OtherCurrencyAsync(WorkloadRequest request, string currency, FilledBundles? bundles, CancellationToken ct)
    {
        if (request.OfferId is not { } offerId)
            return null;
        var terms = await (bundles ?? new FilledBundles()).TermsAsync(catalog, offerId, request.Class, ct);
        return terms.IsOk && terms.Value.Currency != currency
            ? Problem.Invalid(
                "/currency",
                $"This offer is priced in {terms.Value.Currency}; you asked to pay in {currency}. Prices are never converted.",
                $"Send the currency {terms.Value.Currency}, or choose an offer in {currency}."
            )
            : null;
    }

    private async Task<Quote?> FindByKeyAsync(string idempotencyKey, CancellationToken ct) =>
        await db.Set<Quote>().FirstOrDefaultAsync(q => q.PartyId == actor.Current.PartyId && q.IdempotencyKey == idempotencyKey, ct);

    private async Task<Outcome<Quote>?> EarlierAsync(string idempotencyKey, string hash, CancellationToken ct)
    {
        Quote? earlier = await FindByKeyAsync(idempotencyKey, ct);
        return earlier is null ? null
            : earlier.RequestHash == hash ? earlier
            : Problem.KeyReused();
    }

    private async Task<Outcome<(QuotePlan Plan, IReadOnlyList<AlternativeView> Alternatives)>> PlanAsync(
        WorkloadRequest request,
        Recipe recipe,
        string currency,
        bool compare,
        CancellationToken ct
    )
    {
        // The whole market, also when one offer is named: what else there is, is part of the answer.
        SupplySnapshot supply = await catalog.SnapshotAsync(new SnapshotFilter { Currency = currency }, ct);
        PlacementRequest placement = Planner.ToPlacement("quote", request, recipe, currency);
        Decision decision = Scheduler.Decide(supply, placement);
        if (decision is Refused refused)
            return Refusals.ToProblem(refused, request, recipe);
        var placed = (Placed)decision;
        WorkView? work = catalog.Works.FirstOrDefault(w => w.Key == request.Work);
        // An alternative is told by one offer and one chip, which says nothing about roles that call each other over several sites.
        var others = compare && recipe.Links.Count == 0 ? OtherWays.Find(supply, request, recipe, currency, work, placed) : [];
        var terms = new Dictionary<ContractClass, IReadOnlyDictionary<string, Outcome<OfferTerms>>>();
        foreach (var sold in others.Select(o => (o.Request.Class, o.Placed)).Append((request.Class, placed)).GroupBy(o => o.Class))
            terms.Add(sold.Key, await planner.TermsAsync(sold.Select(o => o.Item2), sold.Key, ct));
        DateTimeOffset now = time.GetUtcNow();
        var plan = Price(request, recipe, placed, currency, terms[request.Class], now);
        return plan.Map(p => (p, AlternativeViews.Of(request, others, terms, placed, TotalOf(p, currency), now)));
    }

    /// <summary>Prices a decision and checks the request's budget.</summary>
    /// <param name="from">When the hours are taken to start.</param>
    public static Outcome<QuotePlan> Price(
        WorkloadRequest request,
        Recipe recipe,
        Placed placed,
        string currency,
        IReadOnlyDictionary<string, Outcome<OfferTerms>> terms,
        DateTimeOffset from
    )
    {
        var plan = Planner.Price(request, recipe, placed, terms, from);
        if (!plan.IsOk)
            return plan;
        Money total = TotalOf(plan.Value, currency);
        if (request.MaxTotal is not { } max || total.Amount <= max)
            return plan;
        return new Problem(
            ProblemKind.Conflict,
            "over-budget",
            "Above your budget",
            Plural.Write(
                $"The best placement costs {total} for {request.Hours:0.##} {request.Hours:hour|hours}; your budget is {max:0.00} {currency}."
            )
        )
        {
            Errors = [new FieldError("/maxTotal", $"The best placement costs {total}.", "Raise the budget, or buy fewer hours or cards.")],
        };
    }

    public static Money TotalOf(QuotePlan plan, string currency) =>
        new(plan.Lines.Sum(l => checked(l.NetMicros + l.TaxMicros)), Currency.Parse(currency));

    public Quote Draft(
        WorkloadRequest request,
        string idempotencyKey,
        string hash,
        QuotePlan plan,
        IReadOnlyList<AlternativeView> alternatives,
        string? projectId
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
            ProjectId = projectId,
            Currency = plan.Lines[0].Terms.Currency,
            NetMicros = plan.Lines.Sum(l => l.NetMicros),
            TaxMicros = plan.Lines.Sum(l => l.TaxMicros),
            CreatedAt = now,
            ExpiresAt = now + options.Value.QuoteTtl,
        };
    }

    // The key may have been used since it was looked for.
    private async Task<Outcome<Quote>> StoreOnceAsync(Quote quote, CancellationToken ct)
    {
        await db.LockKeyAsync("quote", quote.PartyId, quote.IdempotencyKey, ct);
        return await EarlierAsync(quote.IdempotencyKey, quote.RequestHash, ct) ?? await StoreAsync(quote, ct);
    }

    /// <summary>Holds the plan's capacity and stores the quote; call inside a transaction.</summary>
    public async Task<Outcome<Quote>> StoreAsync(Quote quote, CancellationToken ct)
    {
        List<string> taken = [];
        foreach (var (line, number) in quote.Plan.InLockOrder())
        {
            string reference = Quote.HoldReference(quote.Id, number);
            var held = await capacity.HoldAsync(
                reference,
                [new CapacityRequest(line.Terms.ListingId, line.CardMilli, line.Grants)],
                quote.ExpiresAt,
                ct
            );
            if (!held.IsOk)
            {
                // Inside a caller's transaction nothing is rolled back here: give back what the earlier lines hold.
                foreach (string earlier in taken)
                    await capacity.ReleaseAsync(earlier, ct);
                return held.Problem;
            }
            taken.Add(reference);
        }
        db.Add(quote);
        db.Audit("quote.issued", "quote", quote.Id, quote.Name);
        changes.Announce($"party:{quote.PartyId}");
        changes.Announce($"quote:{quote.Id}");
        await db.SaveChangesAsync(ct);
        return quote;
    }
}
