using FluentValidation;
using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Monetary;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Marketplace.Platform.Text;
using Marketplace.Scheduling.Model;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Supply;

internal sealed class CreateListingValidator : AbstractValidator<CreateListing>
{
    private const int MaxCards = 10_000_000;

    public CreateListingValidator()
    {
        RuleFor(r => r.ClusterId).NotEmpty().WithMessage("Say which cluster.").WithFix("Give the id of one of your connected clusters.");
        RuleFor(r => r.Title)
            .NotEmpty()
            .MaximumLength(120)
            .WithMessage("The title is missing or too long.")
            .WithFix("Give a title of at most 120 characters.");
        RuleFor(r => r.DeviceModel)
            .Must(model => model is null || model.Trim().Length > 0)
            .WithMessage("The model is empty.")
            .WithFix("Give a model of the accelerator catalogue, or leave the field out to list processor cores.");
        RuleFor(r => r.Cards)
            .InclusiveBetween(1, MaxCards)
            .WithMessage("The number of cards is out of range.")
            .WithFix($"Give a number from 1 to {MaxCards}.");
        RuleFor(r => r.MinCards)
            .Must((r, min) => min >= 1 && min <= r.Cards)
            .WithMessage("The smallest order is out of range.")
            .WithFix("Give a number from 1 to the number of cards offered.");
        RuleFor(r => r.PricePerCardHour).Must(PriceRules.Fits).WithMessage(PriceRules.Message).WithFix(PriceRules.Fix);
        RuleFor(r => r.Currency)
            .Must(code => Currency.TryParse(code) is not null)
            .WithMessage("The currency is not supported.")
            .WithFix($"Use one of {string.Join(", ", Currency.All)}.");
        RuleFor(r => r.Classes)
            .Must(classes => classes is { Count: > 0 } && classes.All(Enum.IsDefined) && classes.Distinct().Count() == classes.Count)
            .WithMessage("Choose at least one contract class, each once.")
            .WithFix("Use Reserved, OnDemand, Interruptible or IdleFill.");
        RuleFor(r => r.Sla)
            .InclusiveBetween(0m, 1m)
            .WithMessage("The promised share of healthy time is out of range.")
            .WithFix("Give a fraction from 0 to 1, for example 0.995.");
    }
}

internal static class PriceRules
{
    public const string Message = "The price is out of range or has too many decimals.";
    public static readonly string Fix = $"Give a price from 0 to below {Pricing.PriceLimit} with at most {Pricing.PriceDecimals} decimals.";

    public static bool Fits(decimal price) => price is >= 0 and < Pricing.PriceLimit && Pricing.Decimals(price) <= Pricing.PriceDecimals;
}

internal sealed partial class Supply
{
    private static readonly CreateListingValidator ListingValidator = new();

    public async Task<Outcome<ListingView>> CreateListingAsync(CreateListing request, CancellationToken ct)
    {
        if (actor.MayAct(Permission.SupplyWrite) is { } refused)
            return refused;
        if (ListingValidator.Check(request) is { } problem)
            return problem;
        // Live supply is read before the transaction: it may come from another process.
        ClusterSupply? supply = await clusters.FindAsync(request.ClusterId, ct);
        int live = await clusters.CapacityAsync(request.ClusterId, request.DeviceModel, ct);
        return await db.CommitAsync<ListingView>(
            async token =>
            {
                string me = actor.Current.PartyId;
                MarketSite? site = supply is null
                    ? null
                    : await db.Set<MarketSite>().FirstOrDefaultAsync(s => s.Id == supply.Cluster.SiteId && s.PartyId == me, token);
                if (supply is null || site is null)
                {
                    return Problem.Invalid(
                        "/clusterId",
                        $"There is no connected cluster '{request.ClusterId}' of yours.",
                        "Choose one of your clusters whose state is Connected."
                    );
                }
                Device? sample = Sample(supply, request.DeviceModel);
                if (request.DeviceModel is not null && sample is null)
                    return UnknownModel(supply, request.DeviceModel);
                await LockModelAsync(request.ClusterId, request.DeviceModel, token);
                long elsewhere = await ListedElsewhereAsync(request.ClusterId, request.DeviceModel, null, token);
                if (request.Cards + elsewhere > live)
                    return AboveInventory(request.DeviceModel, request.Cards, elsewhere, live);
                Listing row = Add(request, site, sample);
                await db.SaveChangesAsync(token);
                return await views.OfAsync(row, token);
            },
            ct
        );
    }

    private Listing Add(CreateListing request, MarketSite site, Device? sample)
    {
        DateTimeOffset now = time.GetUtcNow();
        var row = new Listing
        {
            Id = ids.New(IdPrefix.Listing),
            PartyId = site.PartyId,
            SiteId = site.Id,
            ClusterId = request.ClusterId,
            Title = request.Title.Trim(),
            DeviceModel = request.DeviceModel,
            DeviceVendor = sample?.Vendor,
            DeviceStack = sample?.Stack,
            DeviceMemoryMib = sample?.MemoryMib,
            Cards = request.Cards,
            MinCards = request.MinCards,
            Currency = request.Currency,
            Classes = [.. request.Classes.Order()],
            Sla = request.Sla,
            AllowShared = request.AllowShared,
            State = ListingState.Draft,
            CreatedAt = now,
        };
        db.Add(row);
        db.Audit(
            "listing.created",
            "listing",
            row.Id,
            Plural.Write($"{row.Cards} {row.Cards:card|cards} at {request.PricePerCardHour} {row.Currency}")
        );
        db.Add(
            new PriceVersion
            {
                Id = ids.New(IdPrefix.PriceVersion),
                ListingId = row.Id,
                PartyId = row.PartyId,
                Version = 1,
                PricePerCardHour = request.PricePerCardHour,
                EffectiveFrom = now,
                RecordedAt = now,
            }
        );
        Announce(row.PartyId);
        return row;
    }

    private static Device? Sample(ClusterSupply supply, string? model) =>
        model is null
            ? null
            : supply.Nodes.SelectMany(n => n.Devices).FirstOrDefault(d => string.Equals(d.Model, model, StringComparison.Ordinal));

    private static Problem UnknownModel(ClusterSupply supply, string model)
    {
        string[] has =
        [
            .. supply.Nodes.SelectMany(n => n.Devices).Select(d => d.Model).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];
        return Problem.Invalid(
            "/deviceModel",
            $"The cluster has no {model}.",
            has.Length == 0 ? "The cluster has no known accelerator; list processor cores instead." : $"It has: {string.Join(", ", has)}."
        );
    }
}
