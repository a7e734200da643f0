using System.Text;
using Marketplace.Market.Contracts;
using Marketplace.Platform.Api;
using Marketplace.Platform.Api.Results;
using Marketplace.Platform.Data;
using Marketplace.Platform.Outcomes;
using Marketplace.Platform.Pages;
using Marketplace.Platform.Parties;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Marketplace.Market.Features.Bundles;

internal sealed record FillBundle(IReadOnlyDictionary<string, string> Parameters);

internal static class BundleEndpoints
{
    private const string Yaml = "application/yaml";

    public static void MapBundles(this IEndpointRouteBuilder api)
    {
        var bundles = api.MapGroup("/bundles").WithTags("Bundles");
        bundles.MapGet("", Published).RequirePermission(Permission.MarketRead).WithSummary("List published bundles");
        bundles.MapGet("/own", Own).RequirePermission(Permission.OffersWrite).WithSummary("List your bundles in any state");
        bundles.MapPost("", Create).RequirePermission(Permission.OffersWrite).WithSummary("Make a bundle, as a draft");
        bundles
            .MapPost("/import", Import)
            .RequirePermission(Permission.OffersWrite)
            .Accepts<string>(Yaml)
            .WithSummary("Make a bundle from a YAML document, as a draft");
        bundles.MapGet("/{bundleId}", Get).RequirePermission(Permission.MarketRead).WithSummary("Read a bundle with its form and recipe");
        bundles
            .MapGet("/{bundleId}/yaml", Export)
            .RequirePermission(Permission.MarketRead)
            .Produces<string>(StatusCodes.Status200OK, Yaml)
            .WithSummary("Read a bundle as a YAML document");
        bundles
            .MapPut("/{bundleId}", Save)
            .RequirePermission(Permission.OffersWrite)
            .WithSummary("Save it (If-Match); a published version stays and a new draft begins");
        bundles
            .MapPost("/{bundleId}:fill", Fill)
            .RequirePermission(Permission.MarketRead)
            .WithSummary("Check the form's answers and see the recipe they make");
        bundles.MapPost("/{bundleId}:publish", Publish).RequirePermission(Permission.OffersWrite).WithSummary("Publish the draft");
        bundles.MapPost("/{bundleId}:withdraw", Withdraw).RequirePermission(Permission.OffersWrite).WithSummary("Withdraw every version");
    }

    private static Task<ApiPage<BundleView>> Published([AsParameters] ListParameters list, IBundles bundles, CancellationToken ct) =>
        list.PageOf(new PageQuery(), ListRules.Sorted(Bundles.Sorting.Fields), query => bundles.PublishedAsync(query, ct));

    private static Task<ApiPage<BundleView>> Own([AsParameters] ListParameters list, IBundles bundles, CancellationToken ct) =>
        list.PageOf(new PageQuery(), ListRules.Sorted(Bundles.Sorting.Fields), query => bundles.ListAsync(query, ct));

    private static async Task<ApiCreated<BundleView>> Create(SaveBundle request, IBundles bundles, CancellationToken ct) =>
        (await bundles.CreateAsync(request, ct)).ToCreated(Location, Tag);

    private static async Task<ApiCreated<BundleView>> Import(HttpRequest request, IBundles bundles, CancellationToken ct)
    {
        var document = await ReadAsync(request, ct);
        return (document.IsOk ? await bundles.CreateAsync(document.Value, ct) : document.Problem).ToCreated(Location, Tag);
    }

    private static async Task<ApiResult<BundleView>> Get(string bundleId, IBundles bundles, CancellationToken ct) =>
        (await bundles.FindAsync(bundleId, ct)).OrNotFound("bundle", bundleId, Tag);

    private static async Task<IResult> Export(string bundleId, IBundles bundles, CancellationToken ct) =>
        await bundles.FindAsync(bundleId, ct) is { } bundle
            ? TypedResults.Text(
                BundleYaml.Write(new SaveBundle(bundle.Title, bundle.Summary, bundle.Industry, bundle.Recipe)),
                Yaml,
                Encoding.UTF8
            )
            : Outcome<BundleView>.Fail(Problem.NotFound("bundle", bundleId)).ToResult();

    private static async Task<ApiResult<BundleView>> Save(
        string bundleId,
        SaveBundle body,
        HttpRequest request,
        IBundles bundles,
        MarketplaceDbContext db,
        CancellationToken ct
    ) =>
        (
            await db.IfMatchAsync(
                request,
                LockedTable.Bundle,
                bundleId,
                () => bundles.FindAsync(bundleId, ct),
                b => b.Revision,
                () => bundles.SaveAsync(bundleId, body, ct),
                ct
            )
        ).ToResult(Tag);

    private static async Task<ApiResult<BundleRecipe>> Fill(string bundleId, FillBundle request, IBundles bundles, CancellationToken ct) =>
        (await bundles.FillAsync(bundleId, request.Parameters, ct)).ToResult();

    private static async Task<ApiResult<BundleView>> Publish(string bundleId, IBundles bundles, CancellationToken ct) =>
        (await bundles.ChangeStateAsync(bundleId, BundleState.Published, ct)).ToResult(Tag);

    private static async Task<ApiResult<BundleView>> Withdraw(string bundleId, IBundles bundles, CancellationToken ct) =>
        (await bundles.ChangeStateAsync(bundleId, BundleState.Withdrawn, ct)).ToResult(Tag);

    private static async Task<Outcome<SaveBundle>> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        char[] buffer = new char[BundleYaml.MaxLength + 1];
        int length = await reader.ReadBlockAsync(buffer, ct);
        return BundleYaml.Read(new string(buffer, 0, length));
    }

    private static string Location(BundleView bundle) => $"/api/v1/bundles/{bundle.Id}";

    private static string Tag(BundleView bundle) => ETags.Of(bundle.Revision);
}
