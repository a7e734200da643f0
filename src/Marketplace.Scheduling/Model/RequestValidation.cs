namespace Marketplace.Scheduling.Model;

/// <summary>The checks a request must pass before it is decided.</summary>
public static class RequestValidation
{
    private const int MaxReported = 20;

    /// <summary>Everything wrong with the request; empty when it can be decided.</summary>
    public static IReadOnlyList<InputProblem> Check(PlacementRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var found = new ProblemList(MaxReported);
        if (request.Roles.Count == 0)
        {
            found.Add("missing-roles", "roles", "There is no role.", "Add at least one role.");
        }

        found.Between("roles.count", request.Roles.Count, 0, InputBounds.MaxRoles);
        found.Defined("contractClass", request.ContractClass);
        found.Defined("objective", request.Objective);
        found.Between("maxPricePerCardHour", request.MaxPricePerCardHour ?? 0, 0, InputBounds.MaxPricePerCardHour);
        found.Between("budgetPerHour", request.BudgetPerHour ?? 0, 0, long.MaxValue);
        CheckConstraints(found, request);
        TermsValidation.Check(found, request);
        EdgeValidation.CheckEdges(found, request);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var r = 0; r < request.Roles.Count && !found.Full; r++)
        {
            var role = request.Roles[r];
            if (string.IsNullOrEmpty(role.Name) || !names.Add(role.Name))
            {
                found.Add("duplicate-role", $"roles[{r}].name", $"The name '{role.Name}' is empty or used twice.", "Use unique names.");
            }

            found.Between(new FieldPath(r), "replicas", role.Replicas, 1, InputBounds.MaxReplicas);
            found.Between(new FieldPath(r), "variants.count", role.Variants.Count, 1, InputBounds.MaxVariants);
            EdgeValidation.CheckRole(found, role, new FieldPath(r));
            for (var v = 0; v < role.Variants.Count && !found.Full; v++)
            {
                CheckVariant(found, role.Variants[v], new FieldPath(r, v));
            }
        }

        return found.Problems;
    }

    private static void CheckConstraints(ProblemList found, PlacementRequest request)
    {
        var constraints = request.Constraints;
        found.Between("constraints.minDeviceMemoryMib", constraints.MinDeviceMemoryMib, 0, InputBounds.MaxQuantity);
        found.Between("constraints.minVerificationLevel", constraints.MinVerificationLevel, 0, 3);
        foreach (var (name, count) in Lists(constraints))
        {
            if (count > InputBounds.MaxListed)
            {
                found.Between($"constraints.{name}.count", count, 0, InputBounds.MaxListed);
            }
        }

        foreach (var tier in constraints.Tiers.Take(InputBounds.MaxListed))
        {
            found.Defined("constraints.tiers", tier);
        }

        foreach (var architecture in constraints.Architectures.Take(InputBounds.MaxListed))
        {
            found.Defined("constraints.architectures", architecture);
        }

        found.Defined("constraints.together", constraints.Together);
        found.Defined("constraints.togetherScope", constraints.TogetherScope);
        if (constraints.MaxRoundTripMs is not { } bound)
        {
            return;
        }

        found.Within("constraints.maxRoundTripMs", bound, 0, InputBounds.MaxRoundTripMs);
        if (request.NearRegion is null)
        {
            found.Add("missing-near", "nearRegion", "A round-trip bound needs a place to measure from.", "Name the region to be near to.");
        }
    }

    private static IEnumerable<(string Name, int Count)> Lists(Constraints constraints)
    {
        yield return ("regions", constraints.Regions.Count);
        yield return ("countries", constraints.Countries.Count);
        yield return ("siteIds", constraints.SiteIds.Count);
        yield return ("clusterIds", constraints.ClusterIds.Count);
        yield return ("offerIds", constraints.OfferIds.Count);
        yield return ("tiers", constraints.Tiers.Count);
        yield return ("architectures", constraints.Architectures.Count);
        yield return ("deviceModels", constraints.DeviceModels.Count);
        yield return ("vendors", constraints.Vendors.Count);
        yield return ("stacks", constraints.Stacks.Count);
        yield return ("allowedSuppliers", constraints.AllowedSuppliers.Count);
        yield return ("deniedSuppliers", constraints.DeniedSuppliers.Count);
        yield return ("nodeLabels", constraints.NodeLabels.Count);
        yield return ("tolerations", constraints.Tolerations.Count);
    }

    private static void CheckVariant(ProblemList found, Variant variant, FieldPath at)
    {
        found.Between(at, "cardsPerReplica", variant.CardsPerReplica, 0, InputBounds.MaxDevicesPerNode);
        found.Between(at, "computeMilli", variant.ComputeMilli, 0, Device.FullComputeMilli);
        found.Between(at, "deviceMemoryMib", variant.DeviceMemoryMib, 0, InputBounds.MaxQuantity);
        found.Between(at, "cpuMilli", variant.CpuMilli, 0, InputBounds.MaxQuantity);
        found.Between(at, "memoryMib", variant.MemoryMib, 0, InputBounds.MaxQuantity);
        if (variant.Architecture is { } architecture)
        {
            found.Defined(at.Of("architecture"), architecture);
        }

        if (variant.IsCpuOnly && variant.DeviceModel is not null)
        {
            found.Add(
                "model-without-cards",
                at.Of("deviceModel"),
                "A processor variant names an accelerator model.",
                "Set cardsPerReplica, or leave the model out."
            );
        }

        if (variant.IsCpuOnly && variant.CpuMilli == 0 && variant.MemoryMib == 0)
        {
            found.Add("empty-variant", at.Of("cpuMilli"), "The variant asks for nothing.", "Ask for cards, processors or memory.");
        }

        if (variant.IsShared && variant.ComputeMilli == 0 && variant.DeviceMemoryMib == 0)
        {
            found.Add("empty-share", at.Of("computeMilli"), "The share asks for nothing.", "Ask for compute or device memory.");
        }

        if (variant.Throughput is { } throughput)
        {
            if (!double.IsFinite(throughput) || throughput < 0)
            {
                found.Finite(at.Of("throughput"), throughput, 0);
            }
            else if (throughput == 0)
            {
                found.Add("zero-throughput", at.Of("throughput"), "A throughput of 0 does no work.", "Leave it out when it is unknown.");
            }
        }
    }
}
