using Marketplace.Market.Contracts;

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
}
