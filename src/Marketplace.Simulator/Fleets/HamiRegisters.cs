using System.Globalization;

namespace Marketplace.Simulator.Fleets;

/// <summary>HAMi's device register: one entry per card, in its documented form id,count,devmem,devcore,type,numa,health.</summary>
internal static class HamiRegisters
{
    // Four cards hang on each processor of the machines in the demo fleets.
    private const int CardsPerNumaNode = 4;

    public static SimulatedNode Share(SimulatedNode node, CardSharing sharing) =>
        node with
        {
            Sharing = sharing,
            Devices = new Dictionary<string, long>(node.Devices, StringComparer.Ordinal)
            {
                [sharing.Resource] = (long)sharing.Cards * sharing.Splits,
            },
            Labels = new Dictionary<string, string>(node.Labels, StringComparer.Ordinal) { ["gpu"] = "on" },
        };

    /// <summary>The annotation's text; the last cards are the broken ones.</summary>
    public static string Write(CardSharing sharing, long brokenShares)
    {
        var brokenCards = (brokenShares + sharing.Splits - 1) / sharing.Splits;
        return string.Concat(
            Enumerable
                .Range(0, sharing.Cards)
                .Select(i =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"GPU-sim-{i},{sharing.Splits},{sharing.CardMemoryMib},100,{sharing.Product},{i / CardsPerNumaNode},{(i < sharing.Cards - brokenCards ? "true" : "false")}:"
                    )
                )
        );
    }
}
