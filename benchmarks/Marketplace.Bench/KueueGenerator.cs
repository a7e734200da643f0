using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Marketplace.Bench;

/// <summary>Kueue's description of a performance test: cohorts of queues, and what is sent to each queue at which interval.</summary>
internal sealed class KueueGenerator
{
    public List<Cohort> Cohorts { get; set; } = [];

    public static KueueGenerator Read(string path) =>
        new DeserializerBuilder()
            .WithNamingConvention(CamelCaseNamingConvention.Instance)
            .IgnoreUnmatchedProperties()
            .Build()
            .Deserialize<KueueGenerator>(File.ReadAllText(path));

    internal sealed class Cohort
    {
        public string ClassName { get; set; } = "";
        public int Count { get; set; }
        public List<QueueSet> QueuesSets { get; set; } = [];
    }

    internal sealed class QueueSet
    {
        public string ClassName { get; set; } = "";
        public int Count { get; set; }
        public long NominalQuota { get; set; }
        public long BorrowingLimit { get; set; }
        public string ReclaimWithinCohort { get; set; } = "";
        public string WithinClusterQueue { get; set; } = "";
        public List<WorkloadSet> WorkloadsSets { get; set; } = [];
    }

    internal sealed class WorkloadSet
    {
        public int Count { get; set; }
        public int CreationIntervalMs { get; set; }
        public List<WorkloadClass> Workloads { get; set; } = [];
    }

    internal sealed class WorkloadClass
    {
        public string ClassName { get; set; } = "";
        public int RuntimeMs { get; set; }
        public int Priority { get; set; }
        public long Request { get; set; }
    }
}
