using System.Globalization;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Platform.Outcomes;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Orders.Features.Quotes;

/// <summary>A request in one form, whether it came from an own image or from a bundle: roles with variants.</summary>
/// <param name="Work">The unit of work its throughputs count: the request's work, else the bundle's own unit.</param>
internal sealed record Recipe(ProductKind Product, string? Work, IReadOnlyList<RecipeRole> Roles)
{
    /// <summary>Calls between the roles, the bundle's and the request's.</summary>
    public IReadOnlyList<BundleLink> Links { get; init; } = [];
}

internal sealed record RecipeRole(
    string Name,
    int Replicas,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment,
    int CpuMilli,
    int HostMemoryMib,
    int? Port,
    IReadOnlyList<RecipeVariant> Variants
)
{
    public IReadOnlyList<BundleData> Data { get; init; } = [];

    /// <summary>Site tiers it may run on, besides what the request says; empty is any.</summary>
    public IReadOnlyList<SiteTier> Tiers { get; init; } = [];
}

/// <param name="DeviceModel">null with cards means any model on sale.</param>
internal sealed record RecipeVariant(
    string? DeviceModel,
    string Image,
    int Cards,
    int ComputeMilli,
    int MemoryMibPerCard,
    double? Throughput
);

/// <summary>Turns a request into a <see cref="Recipe"/>.</summary>
internal sealed class RecipeReader(IBundles bundles, IMarketCatalog catalog)
{
    /// <summary>The image of a namespace is nobody's: the customer brings workloads later.</summary>
    public const string NamespaceImage = "";

    /// <param name="known">Bundles that were filled before, for many requests; null reads the bundle.</param>
    public async Task<Outcome<Recipe>> ReadAsync(WorkloadRequest request, FilledBundles? known, CancellationToken ct)
    {
        var recipe = request.BundleId is null ? OwnImage(request) : await BundleAsync(request, request.BundleId, known, ct);
        return recipe.Match(r => RecipeGraph.Join(request, r), problem => problem);
    }

    private async Task<Outcome<Recipe>> BundleAsync(WorkloadRequest request, string bundleId, FilledBundles? known, CancellationToken ct)
    {
        var filled = await (known ?? new FilledBundles()).FillAsync(bundles, bundleId, request.Parameters, ct);
        return filled.Match(recipe => FromBundle(request, recipe), problem => problem);
    }

    private Outcome<Recipe> OwnImage(WorkloadRequest request)
    {
        WorkView? work = catalog.Works.FirstOrDefault(w => w.Key == request.Work);
        if (request.Work is not null && work is null)
            return Problem.Invalid(
                "/work",
                $"There is no kind of work '{request.Work}'.",
                $"Use one of: {string.Join(", ", catalog.Works.Select(w => w.Key))}."
            );
        string image = request.Product == ProductKind.Namespace ? NamespaceImage : request.Image ?? "";
        bool cpuOnly = request.CardsPerReplica == 0;
        IReadOnlyList<VariantRequest> asked =
            request.Variants.Count > 0 ? request.Variants
            : work is not null && !cpuOnly ? [.. work.ThroughputByModel.Keys.Select(m => new VariantRequest(m)), new VariantRequest(null)]
            : [new VariantRequest(null)];
        var variants = asked
            .Select(v => new RecipeVariant(
                v.DeviceModel,
                v.Image ?? image,
                request.CardsPerReplica,
                cpuOnly ? 1000 : request.ComputeMilli,
                cpuOnly ? 0 : request.MemoryMibPerCard,
                v.Throughput
                    ?? (
                        v.DeviceModel is not null && work is not null && work.ThroughputByModel.TryGetValue(v.DeviceModel, out double t)
                            ? t
                            : null
                    )
            ))
            .ToList();
        return new Recipe(
            request.Product,
            request.Work,
            [
                new RecipeRole(
                    "main",
                    request.Replicas,
                    request.Command,
                    request.Environment,
                    request.CpuMilli,
                    request.HostMemoryMib,
                    request.Port,
                    variants
                ),
            ]
        );
    }

    private static Outcome<Recipe> FromBundle(WorkloadRequest request, BundleRecipe recipe)
    {
        if (!Enum.TryParse(recipe.Product, ignoreCase: true, out ProductKind product))
            return Problem.Invalid(
                "/bundleId",
                $"The bundle's product '{recipe.Product}' is not known.",
                "Ask the operator to correct the bundle."
            );
        var roles = new List<RecipeRole>();
        foreach (BundleRole role in recipe.Roles)
        {
            if (
                !int.TryParse(role.Replicas, NumberStyles.None, CultureInfo.InvariantCulture, out int replicas)
                || replicas is < 1 or > WorkloadRequestValidator.MaxReplicas
            )
                return Problem.Invalid(
                    "/parameters",
                    $"Role {role.Name} would get '{role.Replicas}' replicas.",
                    "Change the parameter that sets its replicas."
                );
            roles.Add(
                new RecipeRole(
                    role.Name,
                    replicas,
                    role.Command,
                    role.Environment,
                    role.CpuMilli,
                    role.HostMemoryMib,
                    role.Port,
                    [
                        .. role.Variants.Select(v => new RecipeVariant(
                            v.DeviceModel,
                            v.Image,
                            v.CardsPerReplica,
                            v.ComputeMilli,
                            v.MemoryMibPerCard ?? 0,
                            v.Throughput is null ? null : (double)v.Throughput
                        )),
                    ]
                )
                {
                    Data = role.Data,
                    Tiers = role.Tiers,
                }
            );
        }
        return new Recipe(product, request.Work ?? recipe.WorkUnit, roles) { Links = recipe.Links };
    }
}
