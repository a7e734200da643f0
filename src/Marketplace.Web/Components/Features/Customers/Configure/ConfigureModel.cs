using System.Globalization;
using Marketplace.Market.Contracts;
using Marketplace.Orders.Contracts;
using Marketplace.Provisioning.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Web.Components.Features.Customers.Configure;

/// <summary>What stands in the form; the module's validator judges the request it becomes.</summary>
public sealed class ConfigureModel
{
    private PolicyRequest? kept;
    private IReadOnlyList<BundleLink> links = [];
    private IReadOnlyList<DataRequest> data = [];

    public string? Name { get; set; }
    public ProductKind Product { get; set; } = ProductKind.Job;

    /// <summary>Empty for none.</summary>
    public string ProjectId { get; set; } = "";

    /// <summary>Empty for an own image.</summary>
    public string BundleId { get; set; } = "";
    public Dictionary<string, string> Parameters { get; } = new(StringComparer.Ordinal);
    public string? Image { get; set; }
    public string? Command { get; set; }
    public decimal? Replicas { get; set; } = 1;
    public decimal? CardsPerReplica { get; set; } = 1;
    public decimal? SharePercent { get; set; } = 100;
    public decimal? Cores { get; set; } = 4;
    public decimal? MemoryGib { get; set; } = 16;
    public decimal? Port { get; set; } = 8000;
    public IReadOnlyList<string> Chips { get; set; } = [];
    public decimal? Hours { get; set; } = 24;
    public ContractClass Class { get; set; } = ContractClass.OnDemand;
    public Objective Objective { get; set; } = Objective.CheapestWork;
    public IReadOnlyList<string> Regions { get; set; } = [];
    public decimal? MaxTotal { get; set; }
    public decimal? MaxPrice { get; set; }
    public string Work { get; set; } = "";

    /// <summary>Amount of work in <see cref="PerUnits"/> units.</summary>
    public decimal? WorkAmount { get; set; }

    /// <summary>Units a price of the chosen work is stated for; 1 for a bundle's own unit.</summary>
    public long PerUnits { get; set; } = 1;
    public decimal? DeadlineHours { get; set; }
    public FirstUse First { get; set; }
    public IReadOnlyList<string> Sellers { get; set; } = [];

    /// <summary>The customer's own organisation.</summary>
    public string OwnId { get; set; } = "";

    /// <summary>True when an earlier request has an order of use that the form has no word for.</summary>
    public bool KeepsPolicy => kept is not null;
    public string? OfferId { get; set; }

    public bool IsBundle => BundleId.Length > 0;

    public WorkloadRequest ToRequest() =>
        new()
        {
            Name = Name?.Trim() ?? "",
            Product = Product,
            Project = ProjectId.Length == 0 ? null : ProjectId,
            BundleId = IsBundle ? BundleId : null,
            Parameters = IsBundle ? new Dictionary<string, string>(Parameters, StringComparer.Ordinal) : [],
            Image = IsBundle || Product == ProductKind.Namespace || string.IsNullOrWhiteSpace(Image) ? null : Image.Trim(),
            Command = IsBundle || string.IsNullOrWhiteSpace(Command) ? [] : ["/bin/sh", "-c", Command.Trim()],
            Replicas = Whole(Replicas, 1),
            CardsPerReplica = Whole(CardsPerReplica, 0),
            ComputeMilli = CardsPerReplica > 1 ? 1000 : Whole(SharePercent * 10, 1000),
            CpuMilli = Whole(Cores * 1000, 1000),
            HostMemoryMib = Whole(MemoryGib * 1024, 2048),
            Port = Product == ProductKind.Endpoint && !IsBundle ? Whole(Port, 0) : null,
            Variants = IsBundle ? [] : [.. Chips.Select(c => new VariantRequest(c))],
            Work = Work.Length == 0 ? null : Work,
            WorkUnits = WorkAmount * PerUnits,
            DeadlineHours = DeadlineHours,
            Policy = OrderOfUse.Policy(First, OwnId, Sellers, kept),
            Links = links,
            Data = data,
            Hours = Hours ?? 0,
            Class = Class,
            Objective = Objective,
            OfferId = OfferId,
            Regions = Regions,
            MaxTotal = MaxTotal,
            MaxPricePerCardHour = MaxPrice,
        };

    /// <summary>The same wish with words that a price does not need filled in, so that the price shows while the form is still being filled.</summary>
    public WorkloadRequest ToPreview()
    {
        WorkloadRequest request = ToRequest();
        return request with
        {
            Name = "preview",
            Image = request.Image ?? (request.BundleId is null && Product != ProductKind.Namespace ? "preview" : null),
        };
    }

    /// <summary>Starts from an earlier request, to change it or to ask again.</summary>
    public void Take(WorkloadRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Name = request.Name;
        Product = request.Product;
        ProjectId = request.Project ?? "";
        BundleId = request.BundleId ?? "";
        foreach (var (key, value) in request.Parameters)
            Parameters[key] = value;
        Image = request.Image;
        Command = request.Command is ["/bin/sh", "-c", var line] ? line : string.Join(' ', request.Command);
        Replicas = request.Replicas;
        CardsPerReplica = request.CardsPerReplica;
        SharePercent = request.ComputeMilli / 10m;
        Cores = request.CpuMilli / 1000m;
        MemoryGib = request.HostMemoryMib / 1024m;
        Port = request.Port ?? 8000;
        Chips = [.. request.Variants.Select(v => v.DeviceModel).OfType<string>()];
        Hours = request.Hours;
        Class = request.Class;
        Objective = request.Objective;
        Regions = request.Regions;
        MaxTotal = request.MaxTotal;
        MaxPrice = request.MaxPricePerCardHour;
        Work = request.Work ?? "";
        WorkAmount = request.WorkUnits / PerUnits;
        DeadlineHours = request.DeadlineHours;
        First = OrderOfUse.Of(request.Policy, OwnId);
        Sellers = First == FirstUse.Chosen ? request.Policy!.Tiers[0].Suppliers : [];
        kept = First == FirstUse.Kept ? request.Policy : null;
        // Written by the API only; the form keeps them while the bundle stays.
        links = request.Links;
        data = request.Data;
        OfferId = request.OfferId;
    }

    /// <summary>Switches to a bundle: its product, and the defaults of its parameters.</summary>
    public void Use(BundleView bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        if (BundleId != bundle.Id)
            (links, data) = ([], []);
        BundleId = bundle.Id;
        if (Enum.TryParse(bundle.Recipe.Product, ignoreCase: true, out ProductKind product))
            Product = product;
        if (bundle.Recipe.WorkUnit is null)
            Measure("", 1);
        foreach (var parameter in bundle.Recipe.Parameters)
            Parameters.TryAdd(parameter.Name, parameter.Default ?? (parameter.Type == ParameterType.Switch ? "false" : ""));
    }

    /// <summary>An own image: what was said about a bundle's roles goes.</summary>
    public void UseOwnImage()
    {
        BundleId = "";
        (links, data) = ([], []);
    }

    /// <summary>Names another kind of work; an amount of the one before says nothing about it.</summary>
    /// <param name="perUnits">Units a price of it is stated for.</param>
    public void Measure(string work, long perUnits)
    {
        if (work != Work)
            (WorkAmount, DeadlineHours) = (null, null);
        (Work, PerUnits) = (work, perUnits);
    }

    private static int Whole(decimal? value, int otherwise) =>
        value is { } number ? (int)Math.Clamp(decimal.Round(number, 0), int.MinValue, int.MaxValue) : otherwise;

    internal static decimal? Number(string? text) => decimal.TryParse(text, CultureInfo.InvariantCulture, out decimal value) ? value : null;
}
