using System.Text.Json;
using System.Text.Json.Serialization;
using Marketplace.Clusters.Catalogue;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Clusters.Inventory;

/// <summary>What a pod was given of one device.</summary>
/// <param name="Id">The device's id on its node.</param>
/// <param name="Model">The catalogue's model name.</param>
/// <param name="ComputeMilli">Compute in 1/1000 device.</param>
/// <param name="MemoryMib">Device memory in MiB.</param>
public sealed record DeviceAssignment(string Id, string Model, int ComputeMilli, int MemoryMib);

/// <summary>Reads and writes the two accelerator annotations of a pod: what it wants, and what it was given.</summary>
public static class PodDevices
{
    /// <summary>The annotation's text.</summary>
    public static string Write(IReadOnlyList<DeviceAssignment> devices) =>
        JsonSerializer.Serialize(devices, DeviceJson.Default.IReadOnlyListDeviceAssignment);

    /// <summary>The annotation's text.</summary>
    public static string Write(AcceleratorAsk ask) => JsonSerializer.Serialize(ask, DeviceJson.Default.AcceleratorAsk);

    /// <summary>The devices a pod was given; empty when it has none; null when the annotation is damaged.</summary>
    public static IReadOnlyList<DeviceAssignment>? Assigned(KubePod pod)
    {
        if (!pod.Metadata.Annotations.TryGetValue(Marks.Devices, out var text))
        {
            return [];
        }

        try
        {
            return JsonSerializer.Deserialize(text, DeviceJson.Default.IReadOnlyListDeviceAssignment);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What a pod wants of accelerators; null when it wants none; an error when the annotation is damaged.</summary>
    public static ClusterResult<AcceleratorAsk?> Wanted(KubePod pod)
    {
        if (!pod.Metadata.Annotations.TryGetValue(Marks.Ask, out var text))
        {
            return default;
        }

        try
        {
            return JsonSerializer.Deserialize(text, DeviceJson.Default.AcceleratorAsk);
        }
        catch (JsonException e)
        {
            return new ClusterError(
                "pod.bad_ask",
                $"The annotation {Marks.Ask} of pod {pod.Key} is damaged: {e.Message}",
                Marks.Ask,
                "Remove the pod; it is made again."
            );
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<DeviceAssignment>))]
[JsonSerializable(typeof(AcceleratorAsk))]
internal sealed partial class DeviceJson : JsonSerializerContext;
