using Marketplace.Market.Contracts;
using Marketplace.Scheduling.Model;

namespace Marketplace.Web.Demo;

/// <summary>The demo operator's bundle: a model server with variants per chip and a typed form.</summary>
internal static class DemoBundle
{
    public static readonly SaveBundle ReportAssistant = new(
        "Medical report assistant",
        "A private language model endpoint that drafts reports. Runs on the cheapest chip that fits.",
        "Health",
        new BundleRecipe
        {
            Product = "Endpoint",
            Parameters =
            [
                new BundleParameter
                {
                    Name = "replicas",
                    Label = "Replicas",
                    LabelZh = "副本数",
                    Type = ParameterType.Integer,
                    Default = "1",
                    Min = 1,
                    Max = 16,
                },
                new BundleParameter
                {
                    Name = "context",
                    Label = "Context length",
                    LabelZh = "上下文长度",
                    Type = ParameterType.Choice,
                    Unit = "tokens",
                    Default = "16384",
                    Choices = ["8192", "16384", "32768"],
                },
                new BundleParameter
                {
                    Name = "deidentify",
                    Label = "Remove names before inference",
                    LabelZh = "推理前去标识",
                    Type = ParameterType.Switch,
                    Default = "true",
                },
            ],
            Roles =
            [
                new BundleRole
                {
                    Name = "model",
                    Replicas = "{{replicas}}",
                    Environment = new Dictionary<string, string>(StringComparer.Ordinal)
                    {
                        ["MAX_CONTEXT"] = "{{context}}",
                        ["DEIDENTIFY"] = "{{deidentify}}",
                    },
                    CpuMilli = 4000,
                    HostMemoryMib = 16384,
                    Port = 8000,
                    Variants =
                    [
                        new BundleVariant("Ascend910B3", "demo/report-assistant:1.4-cann", 1, 1000, null, null),
                        new BundleVariant("A100-80G", "demo/report-assistant:1.4-cuda", 1, 1000, null, null),
                        new BundleVariant("L40S", "demo/report-assistant:1.4-cuda", 1, 1000, null, null),
                    ],
                },
            ],
        }
    );

    /// <summary>Cameras are read at an edge; what is doubtful is asked of a large model in the cloud, near enough to answer at once.</summary>
    public static readonly SaveBundle VisualInspection = new(
        "Visual inspection, edge and cloud",
        "Small models look at every picture at the edge; a large model in the cloud decides what they doubt, within 5 ms.",
        "Manufacturing",
        new BundleRecipe
        {
            Product = "Endpoint",
            Parameters =
            [
                new BundleParameter
                {
                    Name = "lines",
                    Label = "Production lines",
                    LabelZh = "产线数",
                    Type = ParameterType.Integer,
                    Default = "1",
                    Min = 1,
                    Max = 8,
                },
            ],
            Roles =
            [
                new BundleRole
                {
                    Name = "camera",
                    Replicas = "{{lines}}",
                    CpuMilli = 1000,
                    HostMemoryMib = 2048,
                    Port = 8000,
                    Tiers = [SiteTier.Edge],
                    Variants =
                    [
                        new BundleVariant("Ascend310P", "demo/visual-inspection:2.0-cann", 1),
                        new BundleVariant("T4", "demo/visual-inspection:2.0-cuda", 1),
                    ],
                },
                new BundleRole
                {
                    Name = "judge",
                    Replicas = "1",
                    CpuMilli = 4000,
                    HostMemoryMib = 16384,
                    Port = 8001,
                    Tiers = [SiteTier.Cloud],
                    Variants =
                    [
                        new BundleVariant("Ascend910B3", "demo/visual-judge:2.0-cann", 1),
                        new BundleVariant("L40S", "demo/visual-judge:2.0-cuda", 1),
                    ],
                },
            ],
            Links = [new BundleLink("camera", "judge", CallsPerSecond: 5, BytesPerCall: 400_000, MaxRoundTripMs: 5)],
        }
    );

    public static readonly IReadOnlyList<SaveBundle> All = [ReportAssistant, VisualInspection];
}
