using System.Text.Json;
using System.Text.Json.Serialization;
using Marketplace.Market.Contracts;
using Marketplace.Market.Domain;
using Marketplace.Platform.Audit;
using Marketplace.Platform.Changes;
using Marketplace.Platform.Data;
using Marketplace.Platform.Ids;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.EntityFrameworkCore;

namespace Marketplace.Market.Features.Bundles;

internal sealed class Bundles(MarketplaceDbContext db, ActorContext actor, IdFactory ids, TimeProvider time, IChangeFeed changes) : IBundles
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    public static readonly Sorting<BundleVersion> Sorting = new(
        ("createdAt", (rows, down) => down ? rows.OrderByDescending(v => v.BundleId) : rows.OrderBy(v => v.BundleId)),
        (
            "title",
            (rows, down) =>
                down ? rows.OrderByDescending(v => v.Title).ThenBy(v => v.BundleId) : rows.OrderBy(v => v.Title).ThenBy(v => v.BundleId)
        ),
        (
            "industry",
            (rows, down) =>
                down
                    ? rows.OrderByDescending(v => v.Industry).ThenBy(v => v.BundleId)
                    : rows.OrderBy(v => v.Industry).ThenBy(v => v.BundleId)
        )
    );

    public Task<Outcome<BundleView>> CreateAsync(SaveBundle request, CancellationToken ct) =>
        db.CommitAsync<BundleView>(
            async token =>
            {
                if (actor.MayAct(Permission.OffersWrite) is { } refused)
                    return refused;
                if (RecipeRules.Check(request) is { Count: > 0 } errors)
                    return Problem.Invalid(errors);
                var bundle = new Bundle
                {
                    Id = ids.New(IdPrefix.Bundle),
                    PartyId = actor.Current.PartyId,
                    LatestVersion = 1,
                    CreatedAt = time.GetUtcNow(),
                };
                db.Add(bundle);
                db.Audit("bundle.created", "bundle", bundle.Id, request.Title.Trim());
                return await SavedAsync(bundle, AddVersion(bundle, request), token);
            },
            ct
        );

    public Task<Outcome<BundleView>> SaveAsync(string bundleId, SaveBundle request, CancellationToken ct) =>
        db.CommitAsync<BundleView>(
            async token =>
            {
                var own = await OwnAsync(bundleId, token);
                if (!own.IsOk)
                    return own.Problem;
                if (RecipeRules.Check(request) is { Count: > 0 } errors)
                    return Problem.Invalid(errors);
                Bundle bundle = own.Value;
                bundle.Revision++;
                db.Audit("bundle.saved", "bundle", bundleId, request.Title.Trim());
                BundleVersion latest = await LatestAsync(bundle, token);
                if (latest.State == BundleState.Draft)
                {
                    (latest.Title, latest.Summary, latest.Industry) = (
                        request.Title.Trim(),
                        request.Summary.Trim(),
                        request.Industry.Trim()
                    );
                    latest.Recipe = Text(request.Recipe);
                    return await SavedAsync(bundle, latest, token);
                }
                bundle.LatestVersion++;
                return await SavedAsync(bundle, AddVersion(bundle, request), token);
            },
            ct
        );

    /// <summary>Publishes the latest draft, or withdraws every version that is not withdrawn yet.</summary>
    public Task<Outcome<BundleView>> ChangeStateAsync(string bundleId, BundleState to, CancellationToken ct) =>
        db.CommitAsync<BundleView>(
            async token =>
            {
                var own = await OwnAsync(bundleId, token);
                if (!own.IsOk)
                    return own.Problem;
                Bundle bundle = own.Value;
                BundleVersion latest = await LatestAsync(bundle, token);
                if (StateTables.Bundle.Refuse(latest.State, to) is { } conflict)
                    return conflict;
                if (to == BundleState.Published)
                {
                    if (await db.MayTradeAsync(bundle.PartyId, token) is { } untraded)
                        return untraded;
                    latest.PublishedAt = time.GetUtcNow();
                    latest.State = to;
                }
                else
                {
                    foreach (
                        BundleVersion version in await db.Set<BundleVersion>()
                            .AsTracking()
                            .Where(v => v.BundleId == bundleId)
                            .ToListAsync(token)
                    )
                        version.State = BundleState.Withdrawn;
                }
                bundle.Revision++;
                db.Audit("bundle.state-changed", "bundle", bundleId, to.ToString());
                return await SavedAsync(bundle, latest, token);
            },
            ct
        );

    public async Task<Page<BundleView>> ListAsync(PageQuery query, CancellationToken ct)
    {
        string me = actor.Current.PartyId;
        bool all = actor.Current.SeesAll;
        var rows = db.Set<BundleVersion>()
            .AsNoTracking()
            .Where(v => (all || v.PartyId == me) && db.Set<Bundle>().Any(b => b.Id == v.BundleId && b.LatestVersion == v.Version));
        return await Search(rows, query).PageAsync(query, Sorting, page => ViewsAsync(page, ct), ct);
    }

    public async Task<Page<BundleView>> PublishedAsync(PageQuery query, CancellationToken ct) =>
        await Search(Published(), query).PageAsync(query, Sorting, page => ViewsAsync(page, ct), ct);

    public async Task<BundleView?> FindAsync(string bundleId, CancellationToken ct) =>
        await VisibleAsync(bundleId, preferPublished: false, ct) is { } version ? (await ViewsAsync([version], ct))[0] : null;

    public string ToYaml(SaveBundle bundle) => BundleYaml.Write(bundle);

    public Outcome<SaveBundle> FromYaml(string yaml) => BundleYaml.Read(yaml);

    public async Task<Outcome<BundleRecipe>> FillAsync(
        string bundleId,
        IReadOnlyDictionary<string, string> parameters,
        CancellationToken ct
    )
    {
        if (await VisibleAsync(bundleId, preferPublished: true, ct) is not { } version)
            return Problem.NotFound("bundle", bundleId);
        BundleRecipe recipe = Recipe(version);
        var answers = ParameterRules.Answer(recipe.Parameters, parameters);
        return answers.IsOk ? RecipeRules.Fill(recipe, answers.Value) : answers.Problem;
    }

    /// <summary>The latest version to its operator and the desk; to everybody else the latest published one.</summary>
    private async Task<BundleVersion?> VisibleAsync(string bundleId, bool preferPublished, CancellationToken ct)
    {
        BundleVersion? published = await Published().FirstOrDefaultAsync(v => v.BundleId == bundleId, ct);
        if (preferPublished && published is not null)
            return published;
        BundleVersion? latest = await db.Set<BundleVersion>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(v => v.BundleId == bundleId)
            .OrderByDescending(v => v.Version)
            .FirstOrDefaultAsync(ct);
        return latest is not null && (actor.Current.SeesAll || actor.Current.Owns(latest)) ? latest : published;
    }

    /// <summary>The newest published version of each bundle of an approved operator.</summary>
    private IQueryable<BundleVersion> Published() =>
        db.Set<BundleVersion>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(v => v.State == BundleState.Published)
            .Where(v =>
                !db.Set<BundleVersion>()
                    .Any(newer => newer.BundleId == v.BundleId && newer.State == BundleState.Published && newer.Version > v.Version)
            )
            .Where(v => db.Set<MarketParty>().Any(p => p.Id == v.PartyId && p.State == PartyState.Approved));

    private static IQueryable<BundleVersion> Search(IQueryable<BundleVersion> rows, PageQuery query)
    {
        if (string.IsNullOrWhiteSpace(query.Search))
            return rows;
        string like = ListPages.Like(query.Search.Trim());
        return rows.Where(v =>
            EF.Functions.ILike(v.Title, like, ListPages.Escape)
            || EF.Functions.ILike(v.Summary, like, ListPages.Escape)
            || EF.Functions.ILike(v.Industry, like, ListPages.Escape)
            || EF.Functions.ILike(v.BundleId, like, ListPages.Escape)
        );
    }

    private async Task<Outcome<Bundle>> OwnAsync(string bundleId, CancellationToken ct)
    {
        if (actor.MayAct(Permission.OffersWrite) is { } refused)
            return refused;
        Bundle? bundle = await db.Set<Bundle>().AsTracking().FirstOrDefaultAsync(b => b.Id == bundleId, ct);
        return bundle is not null && actor.Current.Owns(bundle) ? bundle : Problem.NotFound("bundle", bundleId);
    }

    private Task<BundleVersion> LatestAsync(Bundle bundle, CancellationToken ct) =>
        db.Set<BundleVersion>().AsTracking().SingleAsync(v => v.BundleId == bundle.Id && v.Version == bundle.LatestVersion, ct);

    private BundleVersion AddVersion(Bundle bundle, SaveBundle request)
    {
        var version = new BundleVersion
        {
            BundleId = bundle.Id,
            Version = bundle.LatestVersion,
            PartyId = bundle.PartyId,
            State = BundleState.Draft,
            Title = request.Title.Trim(),
            Summary = request.Summary.Trim(),
            Industry = request.Industry.Trim(),
            Recipe = Text(request.Recipe),
            CreatedAt = time.GetUtcNow(),
        };
        db.Add(version);
        return version;
    }

    private async Task<Outcome<BundleView>> SavedAsync(Bundle bundle, BundleVersion version, CancellationToken ct)
    {
        changes.Announce($"party:{bundle.PartyId}");
        changes.Announce(Topics.Market);
        await db.SaveChangesAsync(ct);
        return (await ViewsAsync([version], ct))[0];
    }

    private async Task<IReadOnlyList<BundleView>> ViewsAsync(IReadOnlyList<BundleVersion> rows, CancellationToken ct)
    {
        string[] operators = [.. rows.Select(v => v.PartyId).Distinct(StringComparer.Ordinal)];
        string[] bundleIds = [.. rows.Select(v => v.BundleId)];
        var names = await db.Set<MarketParty>()
            .Where(p => operators.Contains(p.Id))
            .ToDictionaryAsync(p => p.Id, p => p.Name, StringComparer.Ordinal, ct);
        var bundles = await db.Set<Bundle>()
            .IgnoreQueryFilters([MarketplaceDbContext.PartyFilter])
            .AsNoTracking()
            .Where(b => bundleIds.Contains(b.Id))
            .ToDictionaryAsync(b => b.Id, StringComparer.Ordinal, ct);
        return
        [
            .. rows.Select(v => new BundleView(
                v.BundleId,
                v.PartyId,
                names[v.PartyId],
                v.Title,
                v.Summary,
                v.Industry,
                v.State,
                v.Version,
                Recipe(v),
                bundles[v.BundleId].CreatedAt
            )
            {
                Revision = bundles[v.BundleId].Revision,
            }),
        ];
    }

    private static string Text(BundleRecipe recipe) => JsonSerializer.Serialize(recipe, Json);

    private static BundleRecipe Recipe(BundleVersion version) =>
        JsonSerializer.Deserialize<BundleRecipe>(version.Recipe, Json)
        ?? throw new InvalidOperationException($"Bundle {version.BundleId} version {version.Version} has no recipe.");
}
