using Marketplace.Market.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Web.Components.Features.Operators.Bundles;

/// <summary>One role of a recipe while somebody writes it.</summary>
public sealed class RoleForm
{
    private const decimal MibPerGib = 1024;
    private const decimal MilliPerCore = 1000;

    public string? Name { get; set; } = "";
    public string? Replicas { get; set; } = "1";

    /// <summary>One argument a line.</summary>
    public string? Command { get; set; }

    /// <summary>NAME=value, one a line.</summary>
    public string? Environment { get; set; }
    public decimal? Cores { get; set; } = 1;
    public decimal? MemoryGib { get; set; } = 2;
    public decimal? Port { get; set; }
    public List<VariantForm> Variants { get; } = [];

    /// <summary>Written in the YAML document only, as is <see cref="Data"/>; the form keeps them as they are.</summary>
    public IReadOnlyList<SiteTier> Tiers { get; private init; } = [];
    public IReadOnlyList<BundleData> Data { get; private init; } = [];

    public static RoleForm From(BundleRole role)
    {
        ArgumentNullException.ThrowIfNull(role);
        var form = new RoleForm
        {
            Name = role.Name,
            Replicas = role.Replicas,
            Command = string.Join('\n', role.Command),
            Environment = string.Join('\n', role.Environment.Select(e => $"{e.Key}={e.Value}")),
            Cores = role.CpuMilli / MilliPerCore,
            MemoryGib = role.HostMemoryMib / MibPerGib,
            Port = role.Port,
            Tiers = role.Tiers,
            Data = role.Data,
        };
        form.Variants.AddRange(role.Variants.Select(VariantForm.From));
        return form;
    }

    public BundleRole ToRole()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Text.Lines(Environment))
        {
            int at = line.IndexOf('=', StringComparison.Ordinal);
            environment[at < 0 ? line : line[..at].TrimEnd()] = at < 0 ? "" : line[(at + 1)..];
        }
        return new BundleRole
        {
            Name = Name?.Trim() ?? "",
            Replicas = Replicas?.Trim() ?? "",
            Command = Text.Lines(Command),
            Environment = environment,
            CpuMilli = Whole(Cores * MilliPerCore),
            HostMemoryMib = Whole(MemoryGib * MibPerGib),
            Port = Port is null ? null : Whole(Port),
            Variants = [.. Variants.Select(v => v.ToVariant())],
            Tiers = Tiers,
            Data = Data,
        };
    }

    // What does not fit is left to the validator, which names the field.
    internal static int Whole(decimal? value) =>
        value switch
        {
            null => 0,
            > int.MaxValue => int.MaxValue,
            < 0 => -1,
            _ => (int)decimal.Round(value.Value, MidpointRounding.AwayFromZero),
        };
}

/// <summary>One way to run a role on one chip.</summary>
public sealed class VariantForm
{
    /// <summary>Empty runs on processors.</summary>
    public string DeviceModel { get; set; } = "";
    public string? Image { get; set; } = "";
    public decimal? Cards { get; set; } = 1;

    /// <summary>Percent of a card.</summary>
    public decimal? Share { get; set; } = 100;
    public decimal? MemoryGib { get; set; }
    public decimal? Throughput { get; set; }

    public static VariantForm From(BundleVariant v)
    {
        ArgumentNullException.ThrowIfNull(v);
        return new VariantForm
        {
            DeviceModel = v.DeviceModel ?? "",
            Image = v.Image,
            Cards = v.CardsPerReplica,
            Share = v.ComputeMilli / 10m,
            MemoryGib = v.MemoryMibPerCard / 1024m,
            Throughput = v.Throughput,
        };
    }

    public BundleVariant ToVariant() =>
        new(
            Text.OrNull(DeviceModel),
            Image?.Trim() ?? "",
            DeviceModel.Length == 0 ? 0 : RoleForm.Whole(Cards),
            RoleForm.Whole(Share * 10),
            MemoryGib is null ? null : RoleForm.Whole(MemoryGib * 1024),
            Throughput
        );
}
