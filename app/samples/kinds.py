"""app/samples/kinds.py — what the sample papers say: one function a kind, from chance to a `Draft`.

The structure is that of the real forms; the words were written for this program, and people, places and cases come from
`people`. Long kinds (records of questioning, minutes, reports) run over several pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from app.samples import people
from app.samples.people import BRANCH, BUREAU, CITY, COMMUNITIES, OFFICERS, STATION, STATION_SHORT, Person
from app.samples.sheet import Body, Cell, Draft, Imprint, Letterhead, Received, Signature, Table, Title

_SHORT = "云公柳"


@dataclass(frozen=True, slots=True)
class Scene:
    """The chance of one paper: a day, two people, an officer or two, a running number."""

    rng: Random
    day: date
    first: Person
    second: Person
    officers: tuple[str, str]
    number: int

    @property
    def stamp(self) -> str:
        return self.day.strftime("%Y%m%d")

    @property
    def written(self) -> str:
        return f"{self.day.year}年{self.day.month}月{self.day.day}日"

    @property
    def chinese(self) -> str:
        digits = "〇一二三四五六七八九"
        year = "".join(digits[int(figure)] for figure in str(self.day.year))
        return f"{year}年{_count(self.day.month)}月{_count(self.day.day)}日"

    @property
    def hour(self) -> str:
        return f"{self.rng.randint(8, 21)}时{self.rng.randint(0, 59):02d}分"


Kind = Callable[[Scene], Draft]


def scene(rng: Random, number: int) -> Scene:
    day = date(2023, 1, 9) + timedelta(days=rng.randrange(1300))
    officers = rng.sample(OFFICERS, 2)
    first, second = people.person(rng, rare=number // 4 if number % 4 == 1 else None), people.person(rng)
    return Scene(rng, day, first, second, (officers[0], officers[1]), number)


def notice(s: Scene) -> Draft:
    topic = s.rng.choice(("旅馆业治安管理", "冬季消防安全检查", "流动人口登记", "校园周边秩序整治", "烟花爆竹安全监管"))
    number = f"{_SHORT}〔{s.day.year}〕{s.number + 3}号"
    return Draft(
        "通知",
        f"关于进一步加强{topic}工作的通知",
        number,
        BRANCH,
        s.stamp,
        "WS",
        (
            Letterhead(f"{BRANCH}文件", number),
            Title(f"关于进一步加强{topic}工作的通知"),
            Body("各派出所、机关各科室：", indent=0),
            Body(f"为认真落实市局关于{topic}的部署要求，切实消除隐患，维护辖区秩序，经分局研究，现就有关事项通知如下。"),
            Body("一、提高认识，压实责任", bold=True),
            Body(f"各单位要把{topic}作为当前一项重要任务，主要负责同志亲自抓，分管负责同志具体抓，逐级签订责任书，做到任务到岗、责任到人。"),
            Body("二、全面排查，不留死角", bold=True),
            Body(
                f"自通知之日起三十日内，对{s.rng.choice(COMMUNITIES)}、{s.rng.choice(COMMUNITIES)}等重点区域逐户走访，发现问题当场登记，能够立即整改的"
                "责令立即整改，不能立即整改的限期整改并跟踪复查。检查情况应当如实填写检查登记表，由检查人和被检查单位负责人共同签字。"
            ),
            Body("三、强化宣传，群防群治", bold=True),
            Body("充分利用社区公告栏、村居广播和入户走访等方式，讲清政策，讲透危害，引导群众主动参与。对提供线索的群众，按规定给予奖励并严格保密。"),
            Body("四、按时报送，及时归档", bold=True),
            Body(f"各单位应于每月二十五日前将工作进展报分局治安大队，联系人{s.officers[0]}，电话{people.phone(s.rng)}。有关材料按件整理，随办随归。"),
            Signature((BRANCH, s.chinese), seal=BRANCH),
            Imprint((f"抄送：{BUREAU}治安支队。", f"{BRANCH}办公室\t{s.written}印发")),
        ),
        (s.officers[0],),
        (f"加强{topic}", "逐级签订责任书", "有关材料按件整理"),
    )


def case_opening(s: Scene) -> Draft:
    number = f"{_SHORT}（石）受案字〔{s.day.year}〕{s.number + 101}号"
    code = people.case_no(s.rng, s.day.year, s.day.month)
    story = (
        f"{s.written}{s.hour}，报案人{s.first.name}到我所报称，其停放在{s.first.address[:12]}楼下的一辆电动自行车被人盗走，车架号后四位为"
        f"{s.rng.randint(1000, 9999)}，价值约{s.rng.randint(9, 38)}00元。值班民警{s.officers[0]}、{s.officers[1]}接报后当即赶赴现场，经查看，现场无监控，"
        f"已走访附近住户{s.second.name}等人，情况正在进一步核实。"
    )
    return Draft(
        "受案登记表",
        "受案登记表",
        number,
        STATION,
        s.stamp,
        "ZY·XZ",
        (
            Title("受案登记表"),
            Body(number, align="right"),
            Table(
                (2, 3, 2, 3),
                (
                    (Cell("案件来源"), Cell("√报案　□控告　□举报　□投案　□移送　□工作中发现", 3, False)),
                    (Cell("报案人姓名"), Cell(s.first.name), Cell("性别"), Cell(s.first.sex)),
                    (Cell("公民身份号码"), Cell(s.first.id_no), Cell("联系电话"), Cell(s.first.phone)),
                    (Cell("现住址"), Cell(s.first.address, 3, False)),
                    (Cell("工作单位"), Cell(s.first.work, 3, False)),
                    (Cell("案件编号"), Cell(code, 3)),
                    (Cell("接报时间"), Cell(f"{s.written} {s.hour}"), Cell("接报地点"), Cell(STATION_SHORT)),
                    (Cell("受案单位"), Cell(STATION), Cell("受案民警"), Cell(f"{{{s.officers[0]}}}")),
                ),
            ),
            Table((2, 8), ((Cell("简要案情或者报案记录"), Cell(story, 1, False)),), row_height=100),
            Table(
                (2, 8),
                (
                    (Cell("受案意见"), Cell("√属本单位管辖的行政案件，建议及时调查处理\n□不属于本单位管辖，建议移送处理", 1, False)),
                    (Cell("审批意见"), Cell(f"{{同意}}　{{{s.officers[1]}}}　{s.written}", 1, False)),
                ),
                row_height=40,
            ),
            Signature((STATION, f"填表日期：{s.written}"), seal=STATION),
        ),
        (s.first.name, s.second.name, *s.officers),
        ("电动自行车被人盗走", "值班民警", "已走访附近住户"),
        size=13,
        leading=23,
    )


def questioning(s: Scene) -> Draft:
    asked = [
        ("我们是云屿市公安局柳岸分局石桥派出所的民警（出示工作证件），现依法向你询问有关问题，你应当如实回答，对与案件无关的问题有拒绝回答的权利。你听清楚了吗？",
         "听清楚了。"),
        ("这是《权利义务告知书》，现在送达给你，你有什么要求吗？", "我看过了，没有要求，不申请回避。"),
        ("说一下你的个人基本情况。",
         f"我叫{s.first.name}，{s.first.sex}，{s.first.birth_text}出生，公民身份号码{s.first.id_no}，现住{s.first.address}，{s.first.work}，联系电话{s.first.phone}。"),
        ("你今天因何事来到派出所？", f"昨天晚上我在{s.second.address[:10]}附近和{s.second.name}因为停车的事情发生争吵，后来动了手，今天是来说明情况的。"),
        ("你把事情的经过详细讲一下。",
         f"昨天{s.hour}左右，我开车回家，车牌号是{people.plate(s.rng)}，看到{s.second.name}的车停在我平时停车的位置。我下楼找他挪车，他说公共车位谁先到谁停，我们就争执起来。"
         "当时天已经黑了，路灯不太亮，旁边有两三个邻居在看。争吵大概持续了十来分钟，他先推了我一把，我也还手推了他，他往后退的时候碰到了花坛，胳膊擦破了皮。"
         "后来邻居把我们劝开，他说要报警，我就在原地等着民警来。整个过程没有使用任何工具，也没有其他人参与。"),
        ("当时还有谁在场？", f"楼下便利店的老板和住在三楼的{people.person(s.rng).name}都在场，他们应该看得清楚。"),
        ("对方伤情如何？", "我看到他左胳膊擦破了一块，有点出血，当时他自己用纸巾擦了。我陪他去社区卫生站做了消毒，医药费是我付的，一共一百二十六元。"),
        ("你自己有没有受伤？", "我手背上有点红，没有破，不需要检查。"),
        ("你们以前有没有矛盾？", "没有大的矛盾。半年前因为装修噪声说过几句，社区调解过一次，之后见面也打招呼。"),
        ("你对这件事情有什么认识？", "我认识到自己遇事不冷静，邻里之间应该互相体谅，有问题应当找物业或者社区解决，不应该动手。我愿意向他当面道歉，赔偿医药费。"),
        ("你是否愿意接受调解？", "愿意。只要他同意，我愿意在派出所或者社区的主持下调解。"),
        ("询问过程中，民警有没有对你进行打骂、威胁、引诱？", "没有，民警态度很好，中间还给我倒了水，让我休息。"),
        ("你还有什么要补充的吗？", "没有了。"),
        ("以上所讲是否属实？", "属实。"),
        ("请你仔细核对笔录，无误后逐页签名捺印。", "好的。"),
    ]
    blocks = [
        Title("询问笔录"),
        Body(f"时间：{{{s.written}}}{{{s.hour}}}至当日{{{s.rng.randint(9, 22)}时{s.rng.randint(0, 59):02d}分}}", indent=0),
        Body(f"地点：{STATION_SHORT}询问室", indent=0),
        Body(f"询问人（签名）：{{{s.officers[0]}}}　{{{s.officers[1]}}}　工作单位：{STATION}", indent=0),
        Body(f"记录人（签名）：{{{s.officers[1]}}}　被询问人：{s.first.name}　性别：{s.first.sex}", indent=0),
        Body(f"公民身份号码：{s.first.id_no}　联系电话：{s.first.phone}", indent=0),
    ]
    for question, answer in asked:
        blocks += [Body(f"问：{question}"), Body(f"答：{answer}")]
    blocks += [
        Body("{以上笔录我看过，和我说的相符。}", indent=0),
        Signature((f"被询问人：{{{s.first.name}}}", s.written), thumb=True),
    ]
    return Draft(
        "询问笔录",
        "询问笔录",
        "",
        STATION,
        s.stamp,
        "ZY·XZ",
        tuple(blocks),
        (s.first.name, s.second.name, *s.officers),
        ("因为停车的事情发生争吵", "胳膊擦破了皮", "愿意向他当面道歉"),
        foot="第$page页　共$pages页",
        size=14,
        leading=25,
    )


def penalty(s: Scene) -> Draft:
    number = f"{_SHORT}（石）行罚决字〔{s.day.year}〕{s.number + 211:03d}号"
    fine = s.rng.choice(("二百元", "三百元", "五百元"))
    return Draft(
        "行政处罚决定书",
        "行政处罚决定书",
        number,
        BRANCH,
        s.stamp,
        "ZY·XZ",
        (
            Letterhead(BRANCH, plain=True),
            Title("行政处罚决定书"),
            Body(number, align="right"),
            Body(
                f"违法行为人{s.first.name}，{s.first.sex}，{s.first.birth_text}出生，公民身份号码{s.first.id_no}，户籍所在地{s.first.address}，现住址同上，{s.first.work}。"
            ),
            Body(
                f"现查明，{s.written}{s.hour}许，违法行为人{s.first.name}在{s.second.address[:12]}门前，因琐事与{s.second.name}发生口角，继而将对方停放的"
                f"电动车推倒，致车身外壳和后视镜损坏，经价格认定，损失价值人民币{s.rng.randint(180, 960)}元。案发后，{s.first.name}在现场等候民警处理，如实陈述了自己的违法事实。"
            ),
            Body("以上事实有违法行为人的陈述和申辩、被侵害人的陈述、证人证言、现场照片、价格认定结论书、到案经过等证据证实。"),
            Body(
                "综上，违法行为人的行为已构成故意损毁财物。鉴于其主动赔偿损失并取得被侵害人谅解，具有法定从轻情节，根据《中华人民共和国治安管理处罚法》的有关规定，"
                f"现决定给予{s.first.name}罚款{fine}的行政处罚。"
            ),
            Body("执行方式和期限：自收到本决定书之日起十五日内到指定银行缴纳罚款。逾期不缴纳的，每日按罚款数额的百分之三加处罚款。"),
            Body(
                f"如不服本决定，可以在收到本决定书之日起六十日内向{CITY}人民政府申请行政复议，或者在六个月内依法向{CITY}柳岸区人民法院提起行政诉讼。"
            ),
            Body("附：清单共0份。本决定书一式三份，被处罚人和执行单位各一份，一份附卷。治安案件有被侵害人的，复印送达被侵害人。"),
            Signature((BRANCH, s.chinese), seal=BRANCH),
            Body(f"行政处罚决定书已向我宣告并送达。被处罚人：{{{s.first.name}}}　{s.written}", indent=0),
        ),
        (s.first.name, s.second.name),
        ("故意损毁财物", "主动赔偿损失并取得被侵害人谅解", "每日按罚款数额的百分之三加处罚款"),
    )


def household(s: Scene) -> Draft:
    return Draft(
        "户口迁移申请",
        "户口迁移申请表",
        "",
        STATION,
        s.stamp,
        "ZY·HJ",
        (
            Title("户口迁移申请表"),
            Table(
                (2, 3, 2, 3),
                (
                    (Cell("申请人"), Cell(s.first.name), Cell("性别"), Cell(s.first.sex)),
                    (Cell("出生日期"), Cell(s.first.birth_text), Cell("联系电话"), Cell(s.first.phone)),
                    (Cell("公民身份号码"), Cell(s.first.id_no, 3)),
                    (Cell("迁出地详址"), Cell(s.second.address, 3, False)),
                    (Cell("迁入地详址"), Cell(s.first.address, 3, False)),
                    (Cell("户主姓名"), Cell(s.second.name), Cell("与户主关系"), Cell(s.rng.choice(("配偶", "子女", "父母"))),),
                ),
            ),
            Table(
                (2, 8),
                (
                    (
                        Cell("申请迁移理由"),
                        Cell(
                            f"{{本人因}}{{工作调动，现已在迁入地购房居住，特申请将户口迁入，请予批准。}}\n申请人签名：{{{s.first.name}}}　{s.written}",
                            1,
                            False,
                        ),
                    ),
                    (
                        Cell("提交材料"),
                        Cell("1.居民户口簿　2.居民身份证　3.不动产权证书复印件　4.结婚证复印件\n以上材料经核对与原件一致。", 1, False),
                    ),
                    (Cell("受理意见"), Cell(f"材料齐全，符合迁入条件，建议准予迁入。\n受理民警：{{{s.officers[0]}}}　{s.written}", 1, False)),
                    (Cell("审批意见"), Cell(f"{{同意迁入}}\n审批人：{{{s.officers[1]}}}　{s.written}", 1, False)),
                ),
                row_height=66,
            ),
            Signature((STATION, f"登记日期：{s.written}"), seal=STATION),
        ),
        (s.first.name, s.second.name, *s.officers),
        ("现已在迁入地购房居住", "不动产权证书复印件", "符合迁入条件"),
        size=13,
        leading=23,
    )


def introduction(s: Scene) -> Draft:
    number = f"{_SHORT}介字〔{s.day.year}〕{s.number + 12}号"
    return Draft(
        "介绍信",
        "介绍信",
        number,
        STATION,
        s.stamp,
        "WS",
        (
            Title("介绍信", 26),
            Body(number, align="right"),
            Body(f"{CITY}档案馆：", indent=0),
            Body(
                f"兹介绍我所民警{{{s.officers[0]}}}、{{{s.officers[1]}}}等{{贰}}名同志，前往你处联系查阅{s.day.year - 12}年度石桥地区门牌编制档案事宜，请予接洽并给予协助为盼。"
            ),
            Body("此致"),
            Body("敬礼", indent=0),
            Signature((STATION, s.chinese), seal=STATION),
            Body("（有效期七天）", indent=0),
        ),
        s.officers,
        ("兹介绍我所民警", "门牌编制档案事宜", "请予接洽"),
        size=18,
        leading=36,
    )


def minutes(s: Scene) -> Draft:
    number = f"〔{s.day.year}〕{s.number + 2}号"
    points = (
        ("关于近期警情", f"会议听取了近一个月接处警情况汇报。{s.officers[0]}指出，本月共接报各类警情{s.rng.randint(96, 240)}起，同比下降百分之{s.rng.randint(3, 19)}，"
         "其中纠纷类占比最大。会议要求各警务区把矛盾纠纷排查放在首位，对三次以上报警的纠纷逐一建立台账，做到一事一档、专人负责、销号管理。"),
        ("关于社区警务", f"{s.officers[1]}汇报了{COMMUNITIES[0]}、{COMMUNITIES[1]}两个警务室的运行情况。会议认为，要继续坚持民警下沉，每周驻村时间不少于三个工作日，"
         "走访情况当日记载，群众反映的问题七日内回复。年底前完成辖区门牌核对和实有房屋信息更新。"),
        ("关于特种行业管理", "会议决定对辖区旅馆、印章刻制和废旧物品收购单位开展一次全面检查，由治安内勤牵头，检查登记表一式两份，一份交单位留存，一份归档。"
         "检查中要重点核对从业人员登记、视频资料保存期限和消防通道，发现隐患当场下达整改通知。"),
        ("关于档案工作", "会议强调，办结的案件应在十个工作日内立卷，纸质材料与电子文件同步整理，扫描件与原件逐页核对。内勤每月月底打印归档文件目录，由所领导签字确认。"
         "借阅档案应当登记，用后及时归还，任何人不得擅自复制、拍照或者带离。"),
        ("关于队伍管理", "会议重申了值班备勤、公务用枪、车辆使用和廉洁自律等各项规定，要求全体民警辅警时刻保持警醒，严格执行请销假制度，节假日期间保持通信畅通。"),
        ("关于后勤保障", "会议同意更换户籍窗口打印机和扫描仪各一台，修缮询问室隔音设施，所需经费按程序报分局审批。档案室应当配备温湿度计，每日记录。"),
    )
    blocks = [
        Letterhead(f"{STATION_SHORT}会议纪要", number),
        Title("所务会议纪要"),
        Body(f"时间：{s.written}上午九时", indent=0),
        Body("地点：派出所二楼会议室", indent=0),
        Body(f"主持：{s.officers[0]}　记录：{s.officers[1]}", indent=0),
        Body(f"出席：{'、'.join(OFFICERS)}", indent=0),
    ]
    for place, (head, said) in enumerate(points):
        blocks += [Body(f"{'一二三四五六'[place]}、{head}", bold=True), Body(said)]
    blocks += [Body("会议要求，以上事项由各责任人抓紧落实，办公室负责督办，下次会议通报进展。"), Signature((STATION, s.chinese))]
    return Draft(
        "会议纪要",
        "所务会议纪要",
        number,
        STATION,
        s.stamp,
        "WS",
        tuple(blocks),
        OFFICERS,
        ("纠纷逐一建立台账", "民警下沉", "扫描件与原件逐页核对"),
        foot="— $page —",
    )


def hotel(s: Scene) -> Draft:
    house = s.rng.choice(("柳岸人家", "石桥驿", "望江楼", "临水小筑")) + "旅馆"
    rows = [tuple(Cell(text) for text in ("序号", "检查项目", "检查情况", "备注"))]
    checks = (
        "营业执照、特种行业许可证", "住宿人员实名登记", "访客登记制度", "视频监控设备运行", "视频资料保存三十日以上", "消防器材有效期", "疏散通道畅通",
        "应急照明与指示标志", "从业人员信息登记", "安全管理制度上墙",
    )
    for place, check in enumerate(checks, 1):
        rows.append((Cell(str(place)), Cell(check, 1, False), Cell(s.rng.choice(("符合", "符合", "符合", "需整改"))), Cell("")))
    return Draft(
        "特种行业登记表",
        "特种行业（旅馆业）检查登记表",
        "",
        STATION,
        s.stamp,
        "ZY·TH",
        (
            Title("特种行业（旅馆业）检查登记表"),
            Table(
                (2, 3, 2, 3),
                (
                    (Cell("单位名称"), Cell(house), Cell("负责人"), Cell(s.first.name)),
                    (Cell("地址"), Cell(s.first.address[:14], 1, False), Cell("联系电话"), Cell(s.first.phone)),
                    (Cell("客房数"), Cell(f"{s.rng.randint(12, 68)}间"), Cell("从业人数"), Cell(f"{s.rng.randint(4, 22)}人")),
                ),
            ),
            Table((1, 4, 2, 2), tuple(rows), header=True),
            Body("整改要求：对标注“需整改”的项目，应在七日内整改完毕并书面报告。", indent=0),
            Body(f"被检查单位负责人：{{{s.first.name}}}　检查民警：{{{s.officers[0]}}}、{{{s.officers[1]}}}", indent=0),
            Signature((STATION, f"登记日期：{s.written}"), seal=STATION),
        ),
        (s.first.name, *s.officers),
        (house, "视频资料保存三十日以上", "应在七日内整改完毕"),
        size=12,
        leading=22,
    )


def mediation(s: Scene) -> Draft:
    number = f"{_SHORT}（石）调解字〔{s.day.year}〕{s.number + 31}号"
    return Draft(
        "调解协议书",
        "治安调解协议书",
        number,
        STATION,
        s.stamp,
        "ZY·TJ",
        (
            Title("治安调解协议书"),
            Body(number, align="right"),
            Body(f"主持人：{s.officers[0]}　工作单位：{STATION}　调解地点：{STATION_SHORT}调解室", indent=0),
            Body(f"当事人{s.first.name}，{s.first.sex}，公民身份号码{s.first.id_no}，现住{s.first.address}。", indent=0),
            Body(f"当事人{s.second.name}，{s.second.sex}，公民身份号码{s.second.id_no}，现住{s.second.address}。", indent=0),
            Body(
                f"主要事实：{s.written}{s.hour}许，{s.first.name}与{s.second.name}在{s.first.address[:10]}因楼道堆放杂物发生争吵，互相推搡，{s.second.name}衣物被扯破，双方均无明显伤情。"
            ),
            Body("经调解，双方自愿达成如下协议：", indent=0),
            Body(f"一、{s.first.name}一次性赔偿{s.second.name}衣物损失费人民币{s.rng.randint(2, 9)}00元，于签订协议时当场付清。"),
            Body("二、双方互相赔礼道歉，今后不得因此事再起争端，不得在楼道内堆放影响通行的物品。"),
            Body("三、双方对其他事项互不追究。"),
            Body("本协议自双方签字之日起生效，履行后不再处罚。本协议一式三份，双方当事人各执一份，调解机关留存一份备查。"),
            Body(f"主持人签名：{{{s.officers[0]}}}　见证人签名：{{{s.officers[1]}}}", indent=0),
            Signature((f"当事人：{{{s.first.name}}}　{{{s.second.name}}}", STATION, s.chinese), seal=STATION, thumb=True),
        ),
        (s.first.name, s.second.name, *s.officers),
        ("楼道堆放杂物", "互相赔礼道歉", "履行后不再处罚"),
        size=14,
        leading=23,
    )


def call(s: Scene) -> Draft:
    story = (
        f"{s.first.name}报警称在{s.first.address[:12]}附近遗失黑色钱包一个，内有居民身份证、银行卡两张及现金三百余元。民警到场后陪同报警人沿途查找，并调看沿街商铺监控，"
        f"发现钱包被环卫工人{s.second.name}拾得并暂存于工具房。经核对物品无误，当场发还报警人，双方对处理结果均表示满意。"
    )
    return Draft(
        "接处警登记表",
        "接处警工作登记表",
        f"{_SHORT}（石）接字〔{s.day.year}〕{s.number + 501}号",
        STATION,
        s.stamp,
        "ZY·AJ",
        (
            Title("接处警工作登记表"),
            Body(f"{_SHORT}（石）接字〔{s.day.year}〕{s.number + 501}号", align="right"),
            Table(
                (2, 3, 2, 3),
                (
                    (Cell("接警时间"), Cell(f"{s.written} {s.hour}"), Cell("报警方式"), Cell("电话报警")),
                    (Cell("报警人"), Cell(s.first.name), Cell("联系电话"), Cell(s.first.phone)),
                    (Cell("警情类别"), Cell("群众求助"), Cell("到场时间"), Cell(s.hour)),
                    (Cell("处警单位"), Cell(STATION_SHORT), Cell("处警民警"), Cell(f"{{{s.officers[0]}}}　{{{s.officers[1]}}}")),
                    (Cell("警情地址"), Cell(s.first.address, 3, False)),
                ),
            ),
            Table(
                (2, 8),
                (
                    (Cell("简要警情及处理经过"), Cell(story, 1, False)),
                    (Cell("处理结果"), Cell("现场处理完毕，物品已发还，无需立案。", 1, False)),
                ),
                row_height=130,
            ),
            Signature((STATION, f"登记日期：{s.written}"), seal=STATION),
        ),
        (s.first.name, s.second.name, *s.officers),
        ("遗失黑色钱包一个", "调看沿街商铺监控", "物品已发还"),
        size=13,
        leading=23,
    )


def summons(s: Scene) -> Draft:
    number = f"{_SHORT}（石）行传字〔{s.day.year}〕{s.number + 61}号"
    return Draft(
        "传唤证",
        "传唤证",
        number,
        BRANCH,
        s.stamp,
        "ZY·XZ",
        (
            Letterhead(BRANCH, plain=True),
            Title("传唤证", 26),
            Body(number, align="right"),
            Body(f"{s.first.name}（公民身份号码{s.first.id_no}）：", indent=0),
            Body(
                f"因你涉嫌扰乱公共秩序，根据《中华人民共和国治安管理处罚法》的有关规定，现传唤你于{{{s.written}}}{{{s.hour}}}前到{STATION_SHORT}接受询问。"
            ),
            Body("无正当理由拒不接受传唤或者逃避传唤的，依法强制传唤。被传唤人到达和离开时间应当由本人注明并签名。"),
            Signature((BRANCH, s.chinese), seal=BRANCH),
            Body(f"被传唤人到达时间：{{{s.written}}}　签名：{{{s.first.name}}}", indent=0),
        ),
        (s.first.name,),
        ("涉嫌扰乱公共秩序", "依法强制传唤"),
        size=17,
        leading=34,
    )


def delivery(s: Scene) -> Draft:
    rows = [tuple(Cell(text) for text in ("送达文书名称及文号", "送达时间", "送达人", "收件人签名"))]
    for place, paper in enumerate(("受案回执", "行政处罚告知笔录", "行政处罚决定书")):
        rows.append(
            (
                Cell(f"{paper}（{_SHORT}（石）〔{s.day.year}〕{s.number + 71 + place}号）", 1, False),
                Cell(s.written),
                Cell(f"{{{s.officers[0]}}}"),
                Cell(f"{{{s.first.name}}}"),
            )
        )
    return Draft(
        "送达回执",
        "送达回执",
        "",
        STATION,
        s.stamp,
        "ZY·XZ",
        (
            Title("送达回执", 24),
            Body(f"受送达人：{s.first.name}　送达地点：{STATION_SHORT}", indent=0),
            Table((4, 2, 2, 2), tuple(rows), row_height=54),
            Body("注：本人拒绝签收的，由送达人注明情况并请见证人签名；代收的，代收人应当注明与受送达人的关系。", indent=0),
            Signature((STATION, f"送达日期：{s.written}"), seal=STATION),
        ),
        (s.first.name, s.officers[0]),
        ("行政处罚告知笔录", "本人拒绝签收的"),
        size=14,
        leading=26,
    )


def goods(s: Scene) -> Draft:
    things = ("黑色手提包", "银色手机", "电动自行车充电器", "折叠水果刀", "现金", "蓝色工具箱", "手写账本", "扑克牌", "遥控器", "摩托车头盔")
    rows = [tuple(Cell(text) for text in ("编号", "物品名称", "数量", "特征", "备注"))]
    for place, thing in enumerate(s.rng.sample(things, 7), 1):
        rows.append(
            (Cell(str(place)), Cell(thing), Cell(f"{s.rng.randint(1, 3)}"), Cell(s.rng.choice(("八成新", "有划痕", "完好", "陈旧"))), Cell(""))
        )
    return Draft(
        "物品清单",
        "证据保全清单",
        f"{_SHORT}（石）证保字〔{s.day.year}〕{s.number + 81}号",
        STATION,
        s.stamp,
        "ZY·XZ",
        (
            Title("证据保全清单", 24),
            Body(f"{_SHORT}（石）证保字〔{s.day.year}〕{s.number + 81}号", align="right"),
            Body(f"物品持有人：{s.first.name}　公民身份号码：{s.first.id_no}", indent=0),
            Table((1, 4, 1.4, 2.4, 1.6), tuple(rows), header=True, row_height=34),
            Body("以上物品经持有人、见证人当场清点核对无误。本清单一式三份，一份交持有人，一份交保管人，一份附卷。", indent=0),
            Body(f"持有人：{{{s.first.name}}}　见证人：{{{s.second.name}}}　承办人：{{{s.officers[0]}}}", indent=0),
            Signature((STATION, s.chinese), seal=STATION),
        ),
        (s.first.name, s.second.name, s.officers[0]),
        ("物品持有人", "当场清点核对无误"),
        size=13,
        leading=25,
    )


def statement(s: Scene) -> Draft:
    place = s.rng.choice(COMMUNITIES)
    return Draft(
        "情况说明",
        f"关于{place}夜间噪声投诉处理的情况说明",
        "",
        STATION,
        s.stamp,
        "WS",
        (
            Title(f"关于{place}夜间噪声投诉处理的情况说明"),
            Body("柳岸分局办公室：", indent=0),
            Body(
                f"近期，市民{s.first.name}通过服务热线反映{place}沿街店铺夜间经营噪声扰民。接到转办单后，我所立即安排社区民警{s.officers[0]}会同社区工作人员上门核实，现将有关情况说明如下。"
            ),
            Body(
                f"经查，投诉人所述店铺为{s.second.name}经营的小吃店，夏季营业至凌晨，店外摆放桌椅，客人交谈声和抽油烟机声音较大。民警当场责令其将室外桌椅收回店内，二十二时后不得在店外经营，并为设备加装隔音罩。"
            ),
            Body("经三次夜间回访，店铺已按要求整改。投诉人表示满意，同意办结。我所将把该处列为夜间巡逻必到点，每周至少巡查两次，防止问题反弹。"),
            Body("特此说明。"),
            Signature((STATION, s.chinese), seal=STATION),
        ),
        (s.first.name, s.second.name, s.officers[0]),
        ("夜间经营噪声扰民", "加装隔音罩", "夜间巡逻必到点"),
    )


def annual(s: Scene) -> Draft:
    year = min(s.day.year, 2025)
    s = replace(s, day=date(year, 12, 18 + s.number % 12))
    sections = (
        ("抓基层基础，社区警务更加扎实", "全年走访居民四千余户，更新实有房屋信息一千三百余条，核对门牌七百余块，办理居住登记两千一百余人次。坚持民警驻村制度，"
         "在四个社区设立警务室，每周公布值班电话和走访安排，群众满意率明显提高。"),
        ("抓矛盾化解，辖区秩序更加稳定", f"全年共受理各类纠纷{s.rng.randint(310, 460)}起，调解成功率百分之九十六。对邻里、家庭、劳资等易反复的纠纷实行台账管理，做到件件有着落、事事有回音。"
         "与街道司法所建立联合调解机制，疑难纠纷提前会商，未发生因纠纷处置不当引发的案件。"),
        ("抓案件办理，执法质量更加过硬", f"全年办理行政案件{s.rng.randint(120, 190)}起，办结率百分之九十八，无一起被复议撤销。严格落实办案区管理、涉案财物管理和案卷立卷各项规定，"
         "结案后十个工作日内立卷归档，抽检案卷优良率达到百分之九十五。"),
        ("抓行业管理，安全隐患有效消除", "对辖区旅馆、网吧、印章刻制、废旧物品收购等单位开展检查六百余家次，整改隐患二百余处，责令停业整顿三家。"
         "会同有关部门开展校园周边、施工工地、出租房屋专项检查，督促落实人防物防技防措施。"),
        ("抓便民服务，窗口形象持续提升", "户籍窗口推行延时服务、预约服务和上门服务，全年办理户口业务三千余件，为行动不便的老人上门办证五十七次。"
         "收到锦旗十九面、感谢信三十余封。积极推行一次办好，申请材料能共享的一律不再要求群众提供。"),
        ("抓档案规范，基础工作上新台阶", "完成历年案卷和户籍档案的清点核对，补齐目录三百余条，修复破损卷皮八十余件，扫描重要纸质档案一万二千余页。"
         "建立借阅登记和归还检查制度，档案室温湿度按日记录，全年未发生丢失、损毁和泄密事件。"),
        ("存在的问题和下一步打算", "一是社区民警流动较大，走访工作深度还不平衡；二是档案信息化水平有待提高，部分早期档案字迹褪色，亟需抢救性整理；"
         "三是夜间巡逻力量仍显不足。下一年将继续坚持以群众满意为标准，补短板、强弱项，努力推动各项工作再上新台阶。"),
    )
    blocks = [Title(f"{STATION_SHORT}{year}年度工作总结"), Body(
        f"{year}年，在分局党委的正确领导和辖区群众的大力支持下，我所全体民警辅警围绕中心、服务大局，扎实工作、勇于担当，较好地完成了各项任务。现将有关情况总结如下。"
    )]
    for place, (head, said) in enumerate(sections):
        blocks += [Body(f"{'一二三四五六七'[place]}、{head}", bold=True), Body(said)]
    blocks += [Signature((STATION, s.chinese), seal=STATION)]
    return Draft(
        "工作总结",
        f"{STATION_SHORT}{year}年度工作总结",
        "",
        STATION,
        s.stamp,
        "WS",
        tuple(blocks),
        (),
        ("更新实有房屋信息", "联合调解机制", "抢救性整理"),
        foot="— $page —",
    )


def duty(s: Scene) -> Draft:
    rows = [tuple(Cell(text) for text in ("时间", "事项", "处理情况", "记录人"))]
    notes = (
        ("接电话咨询身份证补办手续", "已告知所需材料和办理时限"), ("群众送来拾得手机一部", "登记保管，联系失主认领"), ("巡逻至望江东路", "未见异常"),
        ("邻里噪声投诉", "上门劝导，双方谅解"), ("协助寻找走失老人", "二十分钟后在公园找到，送交家属"), ("检查沿街店铺卷帘门", "提醒两家关好门窗"),
        ("交接班清点装备", "齐全完好"),
    )
    for hour, (thing, done) in zip((8, 9, 11, 14, 17, 20, 22), notes, strict=True):
        rows.append((Cell(f"{hour:02d}:{s.rng.randint(0, 59):02d}"), Cell(thing, 1, False), Cell(done, 1, False), Cell(f"{{{s.officers[0]}}}")))
    return Draft(
        "值班记录",
        "派出所值班记录",
        "",
        STATION,
        s.stamp,
        "WS",
        (
            Title("派出所值班记录", 24),
            Body(f"值班日期：{s.written}　带班领导：{s.officers[1]}　值班民警：{s.officers[0]}", indent=0),
            Table((1.4, 4, 4, 1.6), tuple(rows), header=True, row_height=38),
            Body("交班提示：辖区西侧施工路段夜间照明不足，请接班人员注意巡查。", indent=0),
            Signature((STATION, s.written)),
        ),
        s.officers,
        ("拾得手机一部", "协助寻找走失老人", "夜间照明不足"),
        size=13,
        leading=24,
    )


def spot_penalty(s: Scene) -> Draft:
    number = f"{_SHORT}（石）当罚字〔{s.day.year}〕{s.number + 91:04d}号"
    return Draft(
        "当场处罚决定书",
        "当场处罚决定书",
        number,
        BRANCH,
        s.stamp,
        "ZY·XZ",
        (
            Letterhead(BRANCH, plain=True),
            Title("当场处罚决定书"),
            Body(number, align="right"),
            Body(f"违法行为人姓名：{{{s.first.name}}}　性别：{s.first.sex}　联系方式：{s.first.phone}", indent=0),
            Body(f"公民身份号码：{s.first.id_no}", indent=0),
            Body(f"现住址：{s.first.address}", indent=0),
            Body(
                f"现查明{s.first.name}于{s.written}{s.hour}在{s.second.address[:10]}实施饲养动物干扰他人正常生活的违法行为，经口头告诫后仍不改正，以上事实有当事人陈述、证人证言等证据证实。"
            ),
            Body("依据《中华人民共和国治安管理处罚法》的有关规定，决定给予警告的处罚。"),
            Body("如不服本决定，可以自收到之日起六十日内申请行政复议或者六个月内提起行政诉讼。"),
            Body(f"处罚地点：{s.second.address[:10]}　办案民警：{{{s.officers[0]}}}", indent=0),
            Signature((BRANCH, s.chinese), seal=BRANCH),
        ),
        (s.first.name, s.officers[0]),
        ("饲养动物干扰他人正常生活", "决定给予警告的处罚"),
        size=14,
        leading=27,
    )


def request(s: Scene) -> Draft:
    number = f"{_SHORT}石〔{s.day.year}〕{s.number + 5}号"
    return Draft(
        "请示",
        "关于修缮档案室的请示",
        number,
        STATION,
        s.stamp,
        "WS",
        (
            Received(f"收文 {s.written}\n柳岸分局办公室"),
            Letterhead(f"{STATION_SHORT}文件", number),
            Title("关于修缮档案室的请示"),
            Body("柳岸分局：", indent=0),
            Body("我所档案室位于办公楼一层北侧，建成已逾二十年，墙面返潮，窗扇变形，雨季湿度长期高于百分之七十，现存户籍和案件档案四千余卷，部分卷皮出现霉斑，安全保管存在隐患。"),
            Body("为改善保管条件，拟对档案室进行防潮处理，更换门窗，加装空调、除湿机和密集架，预计工期二十天，所需费用约六万八千元，拟从年度维修经费中列支。施工期间，档案临时存放于二楼备用库房，由专人看管。"),
            Body("妥否，请批示。"),
            Body("附件：档案室修缮预算表"),
            Signature((STATION, s.chinese), seal=STATION),
            Body(f"（联系人：{s.officers[0]}　电话：{people.phone(s.rng)}）", indent=0),
        ),
        (s.officers[0],),
        ("墙面返潮", "防潮处理", "密集架"),
    )


def residence(s: Scene) -> Draft:
    rows = [tuple(Cell(text) for text in ("序号", "姓名", "公民身份号码", "现住址", "联系电话", "登记日期"))]
    names = []
    for place in range(1, 33):
        person = people.person(s.rng, rare=place // 9 + s.number if place % 9 == 0 else None)
        names.append(person.name)
        rows.append(
            (Cell(str(place)), Cell(person.name), Cell(person.id_no), Cell(person.address[6:], 1, False), Cell(person.phone), Cell(s.written))
        )
    return Draft(
        "居住登记表",
        "流动人口居住登记表",
        "",
        STATION,
        s.stamp,
        "ZY·RK",
        (
            Title("流动人口居住登记表"),
            Body(f"填报单位：{STATION}", indent=0),
            Table((0.7, 1, 3, 2.8, 1.9, 2), tuple(rows), header=True, row_height=30),
            Signature((STATION, f"填报日期：{s.written}")),
        ),
        tuple(names),
        ("流动人口居住登记", "填报单位"),
        foot="第$page页　共$pages页",
        size=10,
        leading=20,
    )


def _count(number: int) -> str:
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones or not tens else "")
