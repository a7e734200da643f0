namespace Marketplace.Clusters.Catalogue;

/// <summary>Turns what a replica wants into the vendor's resources, in the vendor's units, always rounded up.</summary>
public static class AcceleratorResources
{
    private const int MaximumCards = 256;

    /// <summary>The extended resources one replica requests.</summary>
    /// <returns>Resource name to units, in a fixed order; or why the catalogue cannot express it, with the field and the fix.</returns>
    public static ClusterResult<IReadOnlyList<KeyValuePair<string, long>>> For(AcceleratorCatalogue catalogue, AcceleratorAsk ask)
    {
        if (catalogue.FindModel(ask.Model) is not { } model)
        {
            return Error(
                "unknown_model",
                "model",
                $"The catalogue has no accelerator '{ask.Model}'.",
                "Choose a model from the catalogue."
            );
        }

        if (ask.Cards is < 1 or > MaximumCards)
        {
            return Error("cards", "cards", $"A replica takes 1 to {MaximumCards} cards, not {ask.Cards}.", "Change the number of cards.");
        }

        if (ask.ComputeMilli is < 0 or > 1000 || ask.MemoryMib < 0 || (ask.ComputeMilli == 0 && ask.MemoryMib == 0))
        {
            return Error(
                "share",
                "computeMilli",
                "A share has 0 to 1000 thousandths of compute, and compute or memory.",
                "Correct the share."
            );
        }

        return ask.IsWhole ? Whole(model, ask) : Share(model, ask).Map(s => Shared(model, s, ask.Cards));
    }

    /// <summary>What a share really gets on this model, after rounding up to the vendor's units or templates.</summary>
    /// <returns>Compute in 1/1000 card and memory in MiB, per card.</returns>
    public static ClusterResult<(int ComputeMilli, int MemoryMib)> Share(AcceleratorModel model, AcceleratorAsk ask)
    {
        if (model.Sharing is not { } sharing)
        {
            return Error(
                "not_shared",
                "computeMilli",
                $"{model.Name} is only sold as a whole card.",
                "Ask for 1000 thousandths of compute."
            );
        }

        var memory = ask.MemoryMib > 0 ? ask.MemoryMib : (int)CeilingDivide((long)model.MemoryMib * ask.ComputeMilli, 1000);
        if (sharing.Templates.Count > 0)
        {
            return sharing.Templates.FirstOrDefault(t => t.ComputeMilli >= ask.ComputeMilli && t.MemoryMib >= memory) is { } template
                ? (template.ComputeMilli, template.MemoryMib)
                : TooLarge(model, $"{sharing.Templates[^1].MemoryMib} MiB and {sharing.Templates[^1].ComputeMilli} thousandths");
        }

        var memoryUp = CeilingDivide(memory, sharing.Memory.UnitMib) * sharing.Memory.UnitMib;
        var step = sharing.Compute?.StepMilli ?? 1;
        var computeUp = (int)CeilingDivide(ask.ComputeMilli, step) * step;
        return memoryUp <= model.MemoryMib ? (computeUp, (int)memoryUp) : TooLarge(model, $"{model.MemoryMib} MiB");
    }

    internal static long CeilingDivide(long value, long unit) => (value + unit - 1) / unit;

    private static ClusterResult<IReadOnlyList<KeyValuePair<string, long>>> Whole(AcceleratorModel model, AcceleratorAsk ask)
    {
        if (model.WholeResource.EndsWith('*'))
        {
            return Error(
                "operator_named",
                "model",
                $"{model.Name} has a resource name of its own on every cluster.",
                "Buy it as a dedicated namespace."
            );
        }

        return model.WholeCounts.Count > 0 && !model.WholeCounts.Contains(ask.Cards)
            ? Error(
                "card_group",
                "cards",
                $"{model.Name} is granted in groups of {string.Join(", ", model.WholeCounts)} cards.",
                "Choose one of these."
            )
            : new KeyValuePair<string, long>[] { new(model.WholeResource, ask.Cards) };
    }

    private static IReadOnlyList<KeyValuePair<string, long>> Shared(
        AcceleratorModel model,
        (int ComputeMilli, int MemoryMib) share,
        int cards
    )
    {
        var sharing = model.Sharing!;
        var list = new List<KeyValuePair<string, long>>
        {
            new(sharing.CountResource, cards),
            new(sharing.Memory.Resource, CeilingDivide(share.MemoryMib, sharing.Memory.UnitMib)),
        };
        if (sharing.Compute is { } compute && share.ComputeMilli > 0)
        {
            list.Add(new(compute.Resource, CeilingDivide((long)share.ComputeMilli * compute.UnitsPerCard, 1000)));
        }

        return list;
    }

    private static ClusterError TooLarge(AcceleratorModel model, string most) =>
        Error("share_too_large", "memoryMib", $"A share of {model.Name} has at most {most}.", "Ask for less, or for a whole card.");

    private static ClusterError Error(string code, string field, string message, string fix) =>
        new($"accelerator.{code}", message, field, fix);
}
