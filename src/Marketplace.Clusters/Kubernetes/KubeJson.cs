using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Marketplace.Clusters.Kubernetes.Models;

namespace Marketplace.Clusters.Kubernetes;

/// <summary>Generated readers and writers of the objects we use: no reflection on the hot watch path.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(KubeStatus))]
[JsonSerializable(typeof(KubeVersion))]
[JsonSerializable(typeof(KubeList<KubeNode>))]
[JsonSerializable(typeof(KubeList<KubePod>))]
[JsonSerializable(typeof(KubeList<KubeJob>))]
[JsonSerializable(typeof(KubeList<KubeDeployment>))]
[JsonSerializable(typeof(KubeList<KubeEvent>))]
[JsonSerializable(typeof(KubeList<KubeGeneric>))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class KubeJson : JsonSerializerContext;
