using FluentValidation;
using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Supply;

internal sealed class CreateSiteValidator : AbstractValidator<CreateSite>
{
    public CreateSiteValidator()
    {
        RuleFor(r => r.Name)
            .NotEmpty()
            .MaximumLength(120)
            .WithMessage("The site's name is missing or too long.")
            .WithFix("Give a name of at most 120 characters.");
        RuleFor(r => r.NameZh)
            .MaximumLength(120)
            .WithMessage("The Chinese name is too long.")
            .WithFix("Give at most 120 characters, or leave it empty.");
        RuleFor(r => r.Region)
            .Matches("^[a-z0-9][a-z0-9-]{0,62}$")
            .WithMessage("The region is not a region code.")
            .WithFix("Use small letters, digits and dashes, for example cn-north-1.");
        RuleFor(r => r.Country)
            .Matches("^[A-Z]{2}$")
            .WithMessage("The country is not a two-letter code.")
            .WithFix("Use the ISO 3166-1 code in capitals, for example CN.");
        RuleFor(r => r.Tier).IsInEnum().WithMessage("The tier is unknown.").WithFix("Use Cloud, Edge or Terminal.");
        RuleFor(r => r.Latitude)
            .InclusiveBetween(-90, 90)
            .WithMessage("The latitude is out of range.")
            .WithFix("Give degrees from -90 to 90.");
        RuleFor(r => r.Longitude)
            .InclusiveBetween(-180, 180)
            .WithMessage("The longitude is out of range.")
            .WithFix("Give degrees from -180 to 180.");
    }
}

internal sealed partial class Supply
{
    private static readonly CreateSiteValidator SiteValidator = new();

    public Task<Outcome<SiteView>> CreateSiteAsync(CreateSite request, CancellationToken ct) =>
        db.CommitAsync<SiteView>(
            async token =>
            {
                if (actor.MayAct(Permission.SupplyWrite) is { } refused)
                    return refused;
                if (SiteValidator.Check(request) is { } problem)
                    return problem;
                var site = new MarketSite
                {
                    Id = ids.New(IdPrefix.Site),
                    PartyId = actor.Current.PartyId,
                    Name = request.Name.Trim(),
                    NameZh = string.IsNullOrWhiteSpace(request.NameZh) ? request.Name.Trim() : request.NameZh.Trim(),
                    Region = request.Region,
                    Country = request.Country,
                    Tier = request.Tier,
                    Latitude = request.Latitude,
                    Longitude = request.Longitude,
                    CreatedAt = time.GetUtcNow(),
                };
                db.Add(site);
                db.Audit("site.created", "site", site.Id, site.Name);
                Announce(site.PartyId);
                await db.SaveChangesAsync(token);
                return site.View(showCenter: true);
            },
            ct
        );

    public async Task<IReadOnlyList<SiteView>> SitesAsync(CancellationToken ct)
    {
        var rows = await db.Set<MarketSite>().AsNoTracking().OrderBy(s => s.Id).ToListAsync(ct);
        return [.. rows.Select(s => s.View(showCenter: true))];
    }

    /// <summary>Where capacity stands is known to everybody; whose it is, to its center, to operators and to the network desk.</summary>
    public async Task<SiteView?> FindSiteAsync(string siteId, CancellationToken ct)
    {
        MarketSite? row = await db.Set<MarketSite>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .FirstOrDefaultAsync(s => s.Id == siteId, ct);
        return row?.View(actor.Current.SeesAll || actor.Current.Owns(row) || actor.Current.Is(PartyKinds.Operator));
    }
}
