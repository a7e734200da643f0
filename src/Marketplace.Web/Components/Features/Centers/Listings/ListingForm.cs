using Marketplace.Market.Contracts;
using Marketplace.Platform.Monetary;
using Marketplace.Scheduling.Model;

namespace Marketplace.Web.Components.Features.Centers.Listings;

/// <summary>What is typed for a new listing.</summary>
internal sealed class ListingForm
{
    /// <summary>Stands for processor cores instead of a model.</summary>
    public const string Cpu = "";
    private const decimal Hundred = 100;
    private readonly SortedSet<ContractClass> classes = [ContractClass.OnDemand, ContractClass.Reserved];

    public string ClusterId { get; set; } = "";
    public string Model { get; set; } = Cpu;
    public string? Title { get; set; }
    public string? ProposedTitle { get; set; }
    public decimal? Cards { get; set; }
    public decimal? MinCards { get; set; } = 1;
    public decimal? Price { get; set; }
    public decimal? SlaPercent { get; set; } = 99.5m;
    public bool AllowShared { get; set; }
    public bool Publish { get; set; } = true;
    public IReadOnlyCollection<ContractClass> Classes => classes;
    public bool IsCpu => Model == Cpu;
    public string? DeviceModel => IsCpu ? null : Model;

    public void Choose(ContractClass kind, bool on)
    {
        if (on)
            classes.Add(kind);
        else
            classes.Remove(kind);
    }

    /// <summary>A missing price goes as one below zero, so that the validator asks for it instead of selling for nothing.</summary>
    public CreateListing ToRequest(Currency currency) =>
        new()
        {
            ClusterId = ClusterId,
            DeviceModel = DeviceModel,
            Title = Title ?? "",
            Cards = Whole(Cards),
            MinCards = Whole(MinCards),
            PricePerCardHour = Price ?? -1,
            Currency = currency.Code,
            Classes = [.. classes],
            Sla = (SlaPercent ?? -1) / Hundred,
            AllowShared = !IsCpu && AllowShared,
        };

    internal static int Whole(decimal? number) => number is >= 0 and <= int.MaxValue ? (int)number : 0;
}
