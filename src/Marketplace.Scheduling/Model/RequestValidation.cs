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
        CheckLists(found, constraints);
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

    private static void CheckLists(ProblemList found, Constraints constraints)
    {
        Listed("constraints.regions.count", constraints.Regions.Count);
        Listed("constraints.countries.count", constraints.Countries.Count);
        Listed("constraints.siteIds.count", constraints.SiteIds.Count);
        Listed("constraints.clusterIds.count", constraints.ClusterIds.Count);
        Listed("constraints.offerIds.count", constraints.OfferIds.Count);
        Listed("constraints.tiers.count", constraints.Tiers.Count);
        Listed("constraints.architectures.count", constraints.Architectures.Count);
        Listed("constraints.deviceModels.count", constraints.DeviceModels.Count);
        Listed("constraints.vendors.count", constraints.Vendors.Count);
        Listed("constraints.stacks.count", constraints.Stacks.Count);
        Listed("constraints.allowedSuppliers.count", constraints.AllowedSuppliers.Count);
        Listed("constraints.deniedSuppliers.count", constraints.DeniedSuppliers.Count);
        Listed("constraints.nodeLabels.count", constraints.NodeLabels.Count);
        Listed("constraints.tolerations.count", constraints.Tolerations.Count);
        for (var t = 0; t < constraints.Tiers.Count && !found.Full; t++)
        {
            found.Defined("constraints.tiers", constraints.Tiers[t]);
        }

        for (var a = 0; a < constraints.Architectures.Count && !found.Full; a++)
        {
            found.Defined("constraints.architectures", constraints.Architectures[a]);
        }

        void Listed(string field, int count) => found.Between(field, count, 0, InputBounds.MaxListed);
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
