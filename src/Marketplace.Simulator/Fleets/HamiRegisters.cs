using System.Globalization;

namespace Marketplace.Simulator.Fleets;

/// <summary>A node whose cards HAMi shares: each card is offered several times, and an annotation tells the truth about the cards.</summary>
internal static class HamiRegisters
{
    public static SimulatedNode Share(
        SimulatedNode node,
        string annotation,
        string product,
        int cards,
        int cardMemoryMib,
        string resource,
        int splits
    )
    {
        // One entry per card: id,count,devmem,devcore,type,numa,health — HAMi's documented register format, closed by a colon.
        var entries = Enumerable
            .Range(0, cards)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"GPU-sim-{i},{splits},{cardMemoryMib},100,{product},{i / 4},true:"));
        return node with
        {
            Devices = new Dictionary<string, long>(node.Devices, StringComparer.Ordinal) { [resource] = (long)cards * splits },
            Annotations = new Dictionary<string, string>(node.Annotations, StringComparer.Ordinal)
            {
                [annotation] = string.Concat(entries),
            },
            Labels = new Dictionary<string, string>(node.Labels, StringComparer.Ordinal) { ["gpu"] = "on" },
        };
    }
}
