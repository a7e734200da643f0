using Marketplace.Scheduling.Model;

namespace Marketplace.Scheduling.Packing;

/// <summary>What one pod asks of a node. Pods with equal shapes are interchangeable.</summary>
/// <param name="CpuMilli">Processor time in 1/1000 core.</param>
/// <param name="MemoryMib">Memory of the node in MiB.</param>
/// <param name="Cards">Devices; 0 for a pod without one.</param>
/// <param name="CardMilli">Compute per device in 1/1000: 1000 is a whole one, less is a share and possible only with one card.</param>
/// <param name="Models">The models it may run on, from <see cref="PackingFleet.ModelsNamed"/>; ignored without cards.</param>
public readonly record struct PodShape(int CpuMilli, int MemoryMib, int Cards = 0, int CardMilli = 0, ulong Models = PodShape.AnyModel)
{
    /// <summary>Compute of a whole device, in 1/1000.</summary>
    public const int WholeCard = Device.FullComputeMilli;

    /// <summary>No constraint on the model.</summary>
    public const ulong AnyModel = ulong.MaxValue;

    /// <summary>Compute over all its devices, in 1/1000 device.</summary>
    public int DeviceMilli => Cards * CardMilli;

    /// <summary>Whether it takes part of one device.</summary>
    public bool IsShare => Cards == 1 && CardMilli < WholeCard;

    /// <summary>Refuses a shape that nothing could ask for.</summary>
    /// <exception cref="InvalidSupplyException">A field is out of range; each is named.</exception>
    public void Check()
    {
        // The fields are read once per pod: the list is only made when there is something to say.
        if (
            CpuMilli is >= 0 and <= InputBounds.MaxQuantity
            && MemoryMib is >= 0 and <= InputBounds.MaxQuantity
            && ((Cards == 0 && CardMilli == 0) || (Cards == 1 && CardMilli is >= 1 and <= WholeCard) || IsWholeCards)
        )
        {
            return;
        }

        var problems = new ProblemList(8);
        problems.Between("cpuMilli", CpuMilli, 0, InputBounds.MaxQuantity);
        problems.Between("memoryMib", MemoryMib, 0, InputBounds.MaxQuantity);
        problems.Between("cards", Cards, 0, PackingNode.MaxDevices);
        problems.Between("cardMilli", CardMilli, LeastCardMilli, Cards == 0 ? 0 : WholeCard);
        throw new InvalidSupplyException(problems.Problems);
    }

    private bool IsWholeCards => Cards is > 1 and <= PackingNode.MaxDevices && CardMilli == WholeCard;

    private int LeastCardMilli =>
        Math.Sign(Cards - 1) switch
        {
            < 0 => 0,
            0 => 1,
            _ => WholeCard,
        };
}
