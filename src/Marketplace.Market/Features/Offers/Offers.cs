using FluentValidation;
using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outbox;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Offers;

internal static class MarkupRules
{
    public const string Message = "The markup is out of range or has too many decimals.";
    public static readonly string Fix =
        $"Give a fraction from 0 to below {Pricing.MarkupLimit} with at most {Pricing.MarkupDecimals} decimals; 0.25 is 25 %.";

    public static bool Fits(decimal markup) =>
        markup is >= 0 and < Pricing.MarkupLimit && Pricing.Decimals(markup) <= Pricing.MarkupDecimals;
}

internal sealed class CreateOfferValidator : AbstractValidator<CreateOffer>
{
    public CreateOfferValidator()
    {
        RuleFor(r => r.ListingId).NotEmpty().WithMessage("Say which listing.").WithFix("Give the id of a listing you may resell.");
        RuleFor(r => r.Title)
            .NotEmpty()
            .MaximumLength(120)
            .WithMessage("The title is missing or too long.")
            .WithFix("Give a title of at most 120 characters.");
        RuleFor(r => r.Markup).Must(MarkupRules.Fits).WithMessage(MarkupRules.Message).WithFix(MarkupRules.Fix);
        RuleFor(r => r.Classes)
            .Must(classes => classes is { Count: > 0 } && classes.All(Enum.IsDefined) && classes.Distinct().Count() == classes.Count)
            .WithMessage("Choose at least one contract class, each once.")
            .WithFix("Use Reserved, OnDemand, Interruptible or IdleFill.");
    }
}

internal sealed class Offers(
    MarketplaceDbContext db,
    ActorContext actor,
    IdFactory ids,
    TimeProvider time,
    IOutbox outbox,
    IChangeFeed changes,
    OfferViews views
) : IOffers
{
    private static readonly CreateOfferValidator Validator = new();

    public static readonly Sorting<MarketOffer> Sorting = new(
        ("createdAt", (rows, down) => down ? rows.OrderByDescending(o => o.Id) : rows.OrderBy(o => o.Id)),
        (
            "title",
            (rows, down) => down ? rows.OrderByDescending(o => o.Title).ThenBy(o => o.Id) : rows.OrderBy(o => o.Title).ThenBy(o => o.Id)
        ),
        (
            "markup",
            (rows, down) => down ? rows.OrderByDescending(o => o.Markup).ThenBy(o => o.Id) : rows.OrderBy(o => o.Markup).ThenBy(o => o.Id)
        ),
        (
            "state",
            (rows, down) => down ? rows.OrderByDescending(o => o.State).ThenBy(o => o.Id) : rows.OrderBy(o => o.State).ThenBy(o => o.Id)
        )
    );

    public Task<Outcome<OfferView>> CreateAsync(CreateOffer request, CancellationToken ct) =>
        db.CommitAsync<OfferView>(
            async token =>
            {
                if (actor.MayAct(Permission.OffersWrite) is { } refused)
                    return refused;
                if (Validator.Check(request) is { } problem)
                    return problem;
                string me = actor.Current.PartyId;
                var source = await SourceAsync(request.ListingId, me, token);
                if (!source.IsOk)
                    return source.Problem;
                var (listing, authorization) = source.Value;
                if (request.Classes.Except(listing.Classes).ToArray() is { Length: > 0 } extra)
                {
                    return Problem.Invalid(
                        "/classes",
                        $"The listing does not allow {string.Join(", ", extra)}.",
                        $"Choose among {string.Join(", ", listing.Classes)}."
                    );
                }
                if (OutsideLimits(authorization, request.Markup) is { } outside)
                    return outside;
                if (PlanProblem(request.Plan) is { } unsellable)
                    return unsellable;
                var row = new MarketOffer
                {
                    Id = ids.New(IdPrefix.Offer),
                    PartyId = me,
                    ListingId = listing.Id,
                    Title = request.Title.Trim(),
                    Markup = request.Markup,
                    Plan = Kept(request.Plan),
                    Classes = [.. request.Classes.Order()],
                    WhiteLabel = request.WhiteLabel,
                    State = OfferState.Draft,
                    CreatedAt = time.GetUtcNow(),
                };
                db.Add(row);
                db.Audit("offer.created", "offer", row.Id, $"{row.Title}, markup {row.Markup}");
                return await SavedAsync(row, token);
            },
            ct
        );

    public Task<Outcome<OfferView>> ChangeMarkupAsync(string offerId, decimal markup, CancellationToken ct) =>
        ChangePriceAsync(offerId, markup, plan: null, ct);

    public Task<Outcome<OfferView>> ChangePriceAsync(string offerId, decimal? markup, PricePlan? plan, CancellationToken ct) =>
        db.CommitAsync<OfferView>(
            async token =>
            {
                var own = await OwnAsync(offerId, token);
                if (!own.IsOk)
                    return own.Problem;
                if (markup is null && plan is null)
                    return Problem.Invalid("/markup", "Nothing is to be changed.", "Send a markup, a plan or both.");
                decimal next = markup ?? own.Value.Markup;
                if (!MarkupRules.Fits(next))
                    return Problem.Invalid("/markup", MarkupRules.Message, MarkupRules.Fix);
                if (PlanProblem(plan) is { } unsellable)
                    return unsellable;
                if (own.Value.State == OfferState.Withdrawn)
                    return Problem.Conflict("offer-withdrawn", "This offer is withdrawn. Create a new one.");
                var source = await SourceAsync(own.Value.ListingId, own.Value.PartyId, token);
                if (!source.IsOk)
                    return source.Problem;
                if (OutsideLimits(source.Value.Authorization, next) is { } outside)
                    return outside;
                own.Value.Markup = next;
                if (markup is not null)
                    db.Audit("offer.markup-changed", "offer", offerId, $"markup {markup}");
                if (plan is not null && Kept(plan) != own.Value.Plan)
                {
                    own.Value.Plan = Kept(plan);
                    db.Audit("offer.plan-changed", "offer", offerId, plan.ToJson());
                }
                own.Value.Revision++;
                return await SavedAsync(own.Value, token);
            },
            ct
        );

    public Task<Outcome<OfferView>> ChangeStateAsync(string offerId, OfferState to, CancellationToken ct) =>
        db.CommitAsync<OfferView>(
            async token =>
            {
                var own = await OwnAsync(offerId, token);
                if (!own.IsOk)
                    return own.Problem;
                if (StateTables.Offer.Refuse(own.Value.State, to) is { } conflict)
                    return conflict;
                if (to == OfferState.OnSale)
                {
                    if (await db.MayTradeAsync(own.Value.PartyId, token) is { } untraded)
                        return untraded;
                    var source = await SourceAsync(own.Value.ListingId, own.Value.PartyId, token);
                    if (!source.IsOk)
                        return source.Problem;
                    if (OutsideLimits(source.Value.Authorization, own.Value.Markup) is { } outside)
                        return outside;
                }
                own.Value.State = to;
                db.Audit("offer.state-changed", "offer", offerId, to.ToString());
                own.Value.Revision++;
                return await SavedAsync(own.Value, token);
            },
            ct
        );

    public async Task<Page<OfferView>> ListAsync(OfferQuery query, CancellationToken ct)
    {
        IQueryable<MarketOffer> rows = db.Set<MarketOffer>().AsNoTracking();
        if (query.State is { } state)
            rows = rows.Where(o => o.State == state);
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            string like = ListPages.Like(query.Search.Trim());
            rows = rows.Where(o => EF.Functions.ILike(o.Title, like, ListPages.Escape) || EF.Functions.ILike(o.Id, like, ListPages.Escape));
        }
        return await rows.PageAsync(query, Sorting, page => views.OfAsync(page, ct), ct);
    }

    /// <summary>An operator's own offer in any state; for everybody else one that has been on sale, so that contracts can name it.</summary>
    public async Task<OfferView?> FindAsync(string offerId, CancellationToken ct)
    {
        MarketOffer? row = await db.Set<MarketOffer>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .FirstOrDefaultAsync(o => o.Id == offerId, ct);
        return row is not null && (row.State != OfferState.Draft || actor.Current.SeesAll || actor.Current.Owns(row))
            ? await views.OfAsync(row, ct)
            : null;
    }

    private async Task<Outcome<MarketOffer>> OwnAsync(string offerId, CancellationToken ct)
    {
        if (actor.MayAct(Permission.OffersWrite) is { } refused)
            return refused;
        MarketOffer? row = await db.Set<MarketOffer>().AsTracking().FirstOrDefaultAsync(o => o.Id == offerId, ct);
        return row is not null && actor.Current.Owns(row) ? row : Problem.NotFound("offer", offerId);
    }

    /// <summary>The listing and the authorisation to sell it; the listing's own center needs none.</summary>
    private async Task<Outcome<(Listing Listing, ResaleAuthorization? Authorization)>> SourceAsync(
        string listingId,
        string operatorId,
        CancellationToken ct
    )
    {
        Listing? listing = await db.Set<Listing>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .FirstOrDefaultAsync(l => l.Id == listingId && l.State != ListingState.Withdrawn, ct);
        if (listing?.PartyId == operatorId)
            return (listing, null);
        ResaleAuthorization? authorization = await db.Set<ResaleAuthorization>()
            .AsNoTracking()
            .FirstOrDefaultAsync(a => a.ListingId == listingId && a.OperatorId == operatorId && a.State == AuthorizationState.Granted, ct);
        return listing is not null && authorization is not null
            ? (listing, authorization)
            : Problem.Invalid(
                "/listingId",
                "You may not resell this listing.",
                "Ask its center for an authorisation first, and wait until it is granted."
            );
    }

    private static Problem? PlanProblem(PricePlan? plan) =>
        plan is not null && PricePlanRules.Check(plan, "/plan") is [var first, ..] errors
            ? Problem.Invalid(first.Pointer, first.Message, first.Fix) with
            {
                Errors = errors,
            }
            : null;

    // What says nothing is not kept.
    private static PricePlan? Kept(PricePlan? plan) => plan is null || plan == PricePlan.Plain ? null : plan;

    private static Problem? OutsideLimits(ResaleAuthorization? authorization, decimal markup) =>
        authorization is not null && (markup < authorization.MinMarkup || markup > authorization.MaxMarkup)
            ? Problem.Invalid(
                "/markup",
                $"The center allows a markup from {Pricing.Plain(authorization.MinMarkup)} to {Pricing.Plain(authorization.MaxMarkup)}.",
                "Choose a markup inside these limits, or ask the center to change them."
            )
            : null;

    private async Task<Outcome<OfferView>> SavedAsync(MarketOffer row, CancellationToken ct)
    {
        outbox.Publish(new OfferChanged(row.Id, row.State), row.Id);
        changes.Announce($"party:{row.PartyId}");
        changes.Announce(Topics.Market);
        await db.SaveChangesAsync(ct);
        return await views.OfAsync(row, ct);
    }
}
